// What the matrix units reached against what arithmetic and bytes allow.

const peakMacs = 256;      // of a node and cycle: an 8x8x4 step
const bytesPerCycle = 128; // two 64-byte operand reads of the SRAM; as many over the local link: 64 in, 64 out
const lineBytes = 64;

function roofPoints(at) {
  return nodes.map((_, node) => {
    const macs = nodeValue("matrix_steps", node, at) * peakMacs;
    const bytes = (nodeValue("flits_sent", node, at) + nodeValue("flits_received", node, at)) * lineBytes;
    return { node, reached: macs / cyclesOf(at), intensity: bytes === 0 ? Infinity : macs / bytes };
  });
}

function roofChart(at) {
  const points = roofPoints(at).filter((p) => p.reached > 0);
  const macs = overNodes((node) => nodeValue("matrix_steps", node, at)) * peakMacs;
  const bytes = overNodes((node) => nodeValue("flits_sent", node, at) + nodeValue("flits_received", node, at)) * lineBytes;
  const mean = { reached: macs / cyclesOf(at) / nodes.length, intensity: bytes === 0 ? Infinity : macs / bytes };
  const high = 65536;
  const low = 0.125;
  const bottom = 0.25;
  const text = (tick) => (tick < 1 ? String(tick) : short(tick));
  const sentence = macs === 0 ? "No matrix steps." : `Mean node: ${mean.reached.toFixed(1)} of ${peakMacs} MACs per cycle, ` +
    `${bytes === 0 ? "no bytes over the network" : `${ratio(mean.intensity)} MACs per byte over the network`}.`;
  const powers = (from, to, base) => {
    const ticks = [];
    for (let tick = from; tick <= to; tick *= base) ticks.push(tick);
    return ticks;
  };
  const { svg, toX, toY } = chart(`Roofline. ${sentence}`, { low, high, log: true, ticks: powers(low, high, 8), text, label: "MACs per byte over the node's local link" },
    { low: bottom, high: 512, log: true, ticks: powers(bottom, 512, 4), text, label: "MACs per cycle and node" }, 300);
  const ridge = peakMacs / bytesPerCycle;
  svg.append(polyline([[toX(low), toY(Math.max(bottom, low * bytesPerCycle))], [toX(ridge), toY(peakMacs)], [toX(high), toY(peakMacs)]], "ink"),
    draw("text", { x: toX(high) - 4, y: toY(peakMacs) - 5, "text-anchor": "end" }, `${peakMacs} MACs per cycle: the matrix unit's peak`),
    draw("text", { x: toX(low * 1.15), y: toY(low * 1.15 * bytesPerCycle) + 24 }, `${bytesPerCycle} bytes per cycle`));
  const place = (p) => [toX(Math.min(high, Math.max(low, p.intensity))), toY(Math.min(512, Math.max(bottom, p.reached)))];
  for (const p of points) {
    const [cx, cy] = place(p);
    svg.append(draw("circle", { class: "dot", cx, cy, r: 3.5 }, draw("title", {}, `node ${nodes[p.node].x},${nodes[p.node].y}: ${p.reached.toFixed(1)} MACs per cycle`)));
  }
  if (macs > 0) {
    const [x, y] = place(mean);
    svg.append(draw("path", { class: "mark", d: `M${x} ${y - 7}L${x + 7} ${y}L${x} ${y + 7}L${x - 7} ${y}Z` }));
  }
  return [sentence, svg];
}

function showRoofline() {
  const box = make("div", { class: "pair" });
  const holder = make("div");
  const said = make("p");
  onSpan((at) => {
    const [sentence, svg] = roofChart(at);
    said.textContent = sentence;
    holder.replaceChildren(svg);
  });
  const operands = make("div", {}, said, make("p", { class: "note" },
    `Dots are nodes, the diamond is their mean; nodes that moved nothing stand at the right. Reached: matrix steps × ${peakMacs} MACs (8×8×4) per cycle of the span, padding of tiles included. ` +
    `Intensity: the same MACs over ${lineBytes} bytes for each flit that the node sent or received (counters flits_sent, flits_received).`),
  make("p", { class: "note" }, `The slope is ${bytesPerCycle} bytes per cycle: what the local link moves (64 in, 64 out), and also the two 64-byte operand reads of the SRAM. ` +
    "Bytes of operand reads are not counted by the hardware; the unit reads each operand tile for a macro-tile of up to 2×2 tiles, which makes 4 MACs per byte in BF16 and 8 in CFloat8, right of the ridge at 2. " +
    "What the SRAM holds up shows as operand stalls, below."),
  folded("Roofline: numbers of nodes", () => table("MACs per cycle, and per byte over the network", [["Node", false], ["MACs per cycle", true], ["Share of peak", true], ["MACs per byte", true], ["Operand stalls", true]],
    roofPoints(span).map((p) => [`${nodes[p.node].x},${nodes[p.node].y}`, p.reached.toFixed(2), percent(p.reached / peakMacs), Number.isFinite(p.intensity) ? ratio(p.intensity) : "–",
      percent(nodeValue("matrix_operand_stalls", p.node, span) / cyclesOf(span))]))));
  box.append(holder, operands);
  byId("roof").append(box);
}
