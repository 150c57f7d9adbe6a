// Everything as tables, made when they are opened.

function nodeTable() {
  const columns = [["Node", false], ...measures.map((measure) => [measure.name, !measure.categories])];
  const rows = nodes.map(({ x, y }, node) => [`${x},${y}`, ...measures.map((measure) => shown(measure, measure.of(node, span)).replace(" per cycle", ""))]);
  return table(span === null ? "Of the whole run; rates per cycle" : `${cyclesText(span)}; rates per cycle`, columns, rows);
}
function windowTable() {
  const told = measures.filter((measure) => !measure.categories);
  const rows = [...Array(record.windows).keys()].map((w) => [`${exact(firstCycle(w))} to ${exact(lastCycle(w) - 1)}`,
    ...told.map((measure) => shown(measure, overNodes((node) => measure.of(node, w)) / nodes.length).replace(" per cycle", ""))]);
  return table("Means over the nodes; rates per cycle", [["Cycles", false], ...told.map((measure) => [measure.name, true])], rows);
}
function counterTable() {
  const names = record.quantities.filter((q) => q.scope === "node").map((q) => q.name);
  const rows = names.map((name) => {
    const sum = overNodes((node) => nodeValue(name, node, null));
    return [name, exact(sum), ratio(sum / (record.cycles || 1) / nodes.length)];
  });
  const hartRows = causes.map((cause, i) => {
    const sum = overNodes((node) => nodeCauses(node, null)[i]);
    return [`harts: ${cause}`, exact(sum), ratio(sum / (record.cycles || 1) / nodes.length)];
  });
  return table("Sums over the nodes, of the whole run", [["Counter", false], ["Sum", true], ["per node and cycle", true]], [...rows, ...hartRows]);
}
function linkTable() {
  const rows = nodes.flatMap(({ x, y }, node) => directions.map((name, d) => [`${x},${y} ${name}`, ...kinds.map((kind) => exact(linkFlits(node, d, kind, span)))])
    .filter((row) => row.slice(1).some((text) => text !== "0")));
  return table("Flits in the shown span, of links that carried any", [["Link", false], ...kinds.map((kind) => [kind, true])], rows);
}
function plain(json) {
  return make("pre", {}, JSON.stringify(json, null, 2));
}

function showTables() {
  const { nodes: live, ...machine } = record.machine;
  byId("all-tables").append(
    make("p", { class: "note" }, "Nodes and links are those of the span that is chosen above when a table is opened."),
    folded("Nodes", nodeTable), folded("Windows of time", windowTable), folded("Counters", counterTable), folded("Links", linkTable),
    folded("Results of the command", () => plain(record.results ?? null)),
    folded("Machine and options", () => plain({ ...machine, live_nodes: live.length, options: record.options })));
}
