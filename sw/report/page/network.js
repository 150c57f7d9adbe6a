// Latency of flits, and the links with most load.

// First cycle of the bucket behind one: exact below 32 cycles, then sixteenths of a power of two.
function nextBucket(first) {
  return first < 32 ? first + 1 : first + 2 ** (Math.floor(Math.log2(first)) - 4);
}
function percentile(buckets, flits, part) {
  let seen = 0;
  for (const [first, count] of buckets) {
    seen += count;
    if (seen >= part * flits) return first;
  }
  return 0;
}

function latencyChart(name, { flits, cycles, buckets }) {
  const title = `Latency of class ${name}`;
  if (flits === 0) return make("div", {}, make("h3", {}, title), make("p", { class: "note" }, "No flits."));
  const [p50, p99] = [0.5, 0.99].map((part) => percentile(buckets, flits, part));
  const last = nextBucket(buckets.at(-1)[0]);
  const sentence = `${exact(flits)} flits: mean ${(cycles / flits).toFixed(1)} cycles, median ${exact(p50)}, 99th percentile ${exact(p99)}, longest ${exact(buckets.at(-1)[0])}.`;
  // Share per cycle of width would hide the tail: the height of a bar is the flits of its bucket.
  const high = roundUp(Math.max(...buckets.map(([, count]) => count)));
  const low = Math.max(1, buckets[0][0]);
  const x = { low: low * 0.9, high: Math.max(last, low * 2), log: true, label: "cycles from local link to local link", ticks: [] };
  for (let tick = 1; tick <= x.high; tick *= 2) if (tick >= x.low) x.ticks.push(tick);
  const { svg, toX, toY, base } = chart(`${title}. ${sentence}`, x, { low: 0, high, ticks: [0, high / 2, high], label: "flits" });
  for (const [first, count] of buckets) {
    const from = toX(Math.max(x.low, first));
    svg.append(draw("rect", { class: "mark", x: from, y: toY(count), width: Math.max(1, toX(nextBucket(Math.max(1, first))) - from - 0.5), height: base - toY(count) },
      draw("title", {}, `${exact(first)} cycles: ${exact(count)} flits`)));
  }
  return make("div", {}, make("h3", {}, title), make("p", {}, sentence), svg,
    folded(`${title}: numbers`, () => table("Flits by latency", [["From cycles", true], ["to", true], ["Flits", true], ["Share", true]],
      buckets.map(([first, count]) => [exact(first), exact(nextBucket(first) - 1), exact(count), percent(count / flits, 2)]))));
}

function busiestLinks(count) {
  const links = [];
  nodes.forEach((_, node) => directions.forEach((_, d) => links.push({ node, d, flits: linkFlits(node, d, null, span) })));
  return links.filter((link) => link.flits > 0).sort((a, b) => b.flits - a.flits).slice(0, count);
}

function showNetwork() {
  const links = make("div");
  onSpan(() => {
    const rows = busiestLinks(10).map(({ node, d, flits }) => [`${nodes[node].x},${nodes[node].y} ${directions[d]}`, ...kinds.map((kind) => exact(linkFlits(node, d, kind, span))), ratio(flits / cyclesOf(span))]);
    const caption = span === null ? "The ten links with most flits, of the whole run" : `The ten links with most flits, ${cyclesText(span)}`;
    links.replaceChildren(rows.length === 0 ? make("p", { class: "note" }, "No flits crossed a link.")
      : table(caption, [["Link", false], ["request", true], ["data", true], ["tree", true], ["per cycle", true]], rows));
  });
  byId("latency").append(...Object.entries(record.latency).map(([name, buckets]) => latencyChart(name, buckets)), make("div", {}, make("h3", {}, "Links"), links));
}
