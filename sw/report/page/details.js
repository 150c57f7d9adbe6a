// What one node did in the span.

// The node's course of the chosen quantity, and the mean of all nodes.
function nodeCourse() {
  const of = chosenRate();
  const windows = [...Array(record.windows).keys()];
  const here = windows.map((w) => of.of(chosenNode, w));
  const means = courseOf(of);
  const high = roundUp(Math.max(...here, ...means));
  const { svg, toX, toY } = chart(`${of.name} of the node over time; of the whole run ${shown(of, of.of(chosenNode, null))}`, cycleAxis(),
    { low: 0, high, ticks: [0, high / 2, high], text: (tick) => (of.percent ? percent(tick, tick < 0.1 && tick > 0 ? 1 : 0) : ratio(tick)) }, 150);
  const line = (values, kind) => polyline(values.flatMap((y, w) => [[toX(firstCycle(w)), toY(y)], [toX(lastCycle(w)), toY(y)]]), kind);
  svg.append(line(means, "faint"), line(here, "accent"));
  if (span !== null) {
    const x = toX((firstCycle(span) + lastCycle(span)) / 2);
    svg.append(draw("line", { class: "cursor", x1: x, x2: x, y1: toY(high), y2: toY(0) }));
  }
  return [make("p", { class: "note" }, `${of.name} over time; thin: the mean of all nodes`), svg];
}

function showNode() {
  const { x, y } = nodes[chosenNode];
  const cycles = cyclesOf(span);
  byId("node-heading").textContent = `Node ${x},${y}`;
  const hartBars = [...Array(harts).keys()].map((hart) =>
    make("div", {}, make("span", {}, `hart ${hart}`), stackedBar(causes, hartCauses(chosenNode, hart, span), cycles)));
  const matrix = make("div", {}, make("span", {}, "matrix"), stackedBar(matrixStates, matrixCycles(chosenNode, span), cycles));
  const counters = record.quantities.filter((q) => q.scope === "node").map((q) => {
    const count = nodeValue(q.name, chosenNode, span);
    return [q.name.replaceAll("_", " "), exact(count), ratio(count / cycles)];
  });
  const instructions = nodeCauses(chosenNode, span)[0];
  const columns = [["Counter", false], ["Count", true], ["per cycle", true]];
  const links = directions.map((name, d) => {
    const other = nodeAt(x + steps[d][0], y + steps[d][1]);
    const out = linkFlits(chosenNode, d, null, span);
    const back = other < 0 ? null : linkFlits(other, d ^ 2, null, span);
    return [name, exact(out), ratio(out / cycles), back === null ? "–" : exact(back), back === null ? "–" : ratio(back / cycles)];
  });
  const used = causes.filter((_, i) => nodeCauses(chosenNode, span)[i] > 0);
  byId("node").replaceChildren(
    make("p", { class: "note" }, span === null ? `The whole run, ${exact(record.cycles)} cycles` : cyclesText(span)),
    make("div", { class: "bars" }, ...hartBars, matrix),
    make("div", { class: "legend" }, ...used.map((name) => swatch(name)), ...(nodeValue("matrix_steps", chosenNode, span) > 0 ? matrixStates.slice(0, 3).map((name) => swatch(name)) : [])),
    ...nodeCourse(),
    make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Counters and links of the node" },
      table("Counters", columns, [["instructions", exact(instructions), ratio(instructions / cycles)], ...counters]),
      table("Links, in flits", [["To", false], ["sent", true], ["per cycle", true], ["received", true], ["per cycle", true]], links)));
}
