// The machine: nodes coloured by a quantity, links between them by their load, dead sites hatched, dies apart.

let chosenMeasure = 0;
let chosenKind = null;
let chosenNode = 0;
let activeNode = 0;
let layout;

function placeAll() {
  const { columns, rows, die, dips } = record.machine;
  const rim = dips.length > 0 ? 16 : 2;
  const room = byId("grid").parentElement.clientWidth - 2 * rim;
  const dieGap = columns > die[0] || rows > die[1] ? 8 : 0;
  const gaps = (Math.ceil(columns / die[0]) - 1) * dieGap;
  const pitch = Math.max(8, Math.min(columns > 6 ? 56 : 96, Math.floor((room - gaps) / columns), Math.max(30, Math.floor(680 / rows))));
  const gap = Math.max(2, Math.round(pitch * 0.3));
  layout = { rim, pitch, gap, cell: pitch - gap, dieGap };
  const extent = (count, size) => count * pitch - gap + (Math.ceil(count / size) - 1) * dieGap + 2 * rim;
  layout.width = extent(columns, die[0]);
  layout.height = extent(rows, die[1]);
}
function corner(x, y) {
  const { die } = record.machine;
  return [layout.rim + x * layout.pitch + Math.floor(x / die[0]) * layout.dieGap, layout.rim + y * layout.pitch + Math.floor(y / die[1]) * layout.dieGap];
}

// Highest value of a measure over all nodes, of the whole run or over all windows: the scale stays while time passes.
const tops = new Map();
function topOf(key, of, count) {
  const name = `${key} ${span === null}`;
  if (!tops.has(name)) {
    let top = 0;
    for (let i = 0; i < count; ++i) {
      if (span === null) top = Math.max(top, of(i, null));
      else for (let w = 0; w < record.windows; ++w) top = Math.max(top, of(i, w));
    }
    tops.set(name, roundUp(top));
  }
  return tops.get(name);
}
function linkLoad(node, direction, at) {
  return linkFlits(node, direction, chosenKind, at) / cyclesOf(at);
}
function topLoad() {
  return topOf(`links ${chosenKind}`, (i, at) => linkLoad(i >> 2, i & 3, at), nodes.length * 4);
}

function drawLinks(context) {
  const top = topLoad();
  const { cell, gap } = layout;
  const lane = Math.max(1, Math.min(6, cell / 4));
  context.fillStyle = themeColour("link");
  for (let node = 0; node < nodes.length; ++node) {
    const [left, up] = corner(nodes[node].x, nodes[node].y);
    for (let d = 0; d < 4; ++d) {
      const load = linkLoad(node, d, span) / top;
      if (load === 0) continue;
      context.globalAlpha = 0.3 + 0.7 * load;
      const thick = Math.max(0.75, lane * load);
      const other = nodeAt(nodes[node].x + steps[d][0], nodes[node].y + steps[d][1]);
      const far = other < 0 ? null : corner(nodes[other].x, nodes[other].y);
      // Half of the way each direction has to itself: it leaves on its right side.
      const side = cell / 2 + (d === 0 || d === 1 ? -1 : 1) * (lane / 2 + 0.5) - thick / 2;
      const long = far === null ? gap : Math.abs(d % 2 === 0 ? far[1] - up : far[0] - left) - cell;
      if (d === 0) context.fillRect(left + cell - side - thick, up - long, thick, long);
      if (d === 1) context.fillRect(left + cell, up + cell - side - thick, long, thick);
      if (d === 2) context.fillRect(left + cell - side - thick, up + cell, thick, long);
      if (d === 3) context.fillRect(left - long, up + cell - side - thick, long, thick);
    }
  }
  context.globalAlpha = 1;
}

function hatch(context, left, top, size) {
  context.save();
  context.beginPath();
  context.rect(left, top, size, size);
  context.clip();
  context.strokeStyle = themeColour("hatch");
  context.lineWidth = 1;
  context.beginPath();
  for (let at = -size; at < size; at += 5) {
    context.moveTo(left + at, top + size);
    context.lineTo(left + at + size, top);
  }
  context.stroke();
  context.strokeRect(left + 0.5, top + 0.5, size - 1, size - 1);
  context.restore();
}

function drawMemory(context) {
  const { cell, rim } = layout;
  const thick = 7;
  for (const dip of record.machine.dips) {
    const d = directions.indexOf(dip.direction);
    const ends = dip.routers.map(([x, y]) => corner(x, y));
    if (ends.length === 0) continue;
    const low = [Math.min(...ends.map((e) => e[0])), Math.min(...ends.map((e) => e[1]))];
    const high = [Math.max(...ends.map((e) => e[0])) + cell, Math.max(...ends.map((e) => e[1])) + cell];
    context.fillStyle = themeColour("soft");
    if (d === 0) context.fillRect(low[0], low[1] - rim + 1, high[0] - low[0], thick);
    if (d === 1) context.fillRect(high[0] + rim - thick - 1, low[1], thick, high[1] - low[1]);
    if (d === 2) context.fillRect(low[0], high[1] + rim - thick - 1, high[0] - low[0], thick);
    if (d === 3) context.fillRect(low[0] - rim + 1, low[1], thick, high[1] - low[1]);
  }
}

function drawMachine() {
  const canvas = byId("mesh");
  const density = devicePixelRatio || 1;
  canvas.width = Math.round(layout.width * density);
  canvas.height = Math.round(layout.height * density);
  canvas.style.width = `${layout.width}px`;
  canvas.style.height = `${layout.height}px`;
  const context = canvas.getContext("2d");
  context.scale(density, density);
  const measure = measures[chosenMeasure];
  const top = measure.categories ? 1 : topOf(measure.name, measure.of, nodes.length);
  const { cell } = layout;
  const { columns, rows, dead_links } = record.machine;
  if (chosenKind !== "none") drawLinks(context);
  const edge = themeColour("line");
  for (let y = 0; y < rows; ++y) {
    for (let x = 0; x < columns; ++x) {
      const [left, up] = corner(x, y);
      const node = nodeAt(x, y);
      if (node < 0) {
        hatch(context, left, up, cell);
        continue;
      }
      const number = measure.of(node, span);
      context.fillStyle = measure.categories ? categoryColour(measure.categories[number]) : ramp(number / top);
      context.fillRect(left, up, cell, cell);
      context.strokeStyle = edge;
      context.lineWidth = 1;
      context.strokeRect(left + 0.5, up + 0.5, cell - 1, cell - 1);
      const letter = measure.categories ? letters[measure.categories[number]] : undefined;
      if (letter && cell >= 15) {
        context.fillStyle = onDark.has(measure.categories[number]) ? "#fff" : "#000";
        context.font = "600 11px system-ui, sans-serif";
        context.textAlign = "center";
        context.fillText(letter, left + cell / 2, up + cell / 2 + 4);
      }
    }
  }
  drawMemory(context);
  context.strokeStyle = themeColour("bad");
  context.lineWidth = 2;
  for (const [a, b] of dead_links) {
    const [p, q] = [corner(...a), corner(...b)].map(([left, up]) => [left + cell / 2, up + cell / 2]);
    const middle = [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2];
    const r = Math.max(2, layout.gap / 3);
    context.beginPath();
    context.moveTo(middle[0] - r, middle[1] - r);
    context.lineTo(middle[0] + r, middle[1] + r);
    context.moveTo(middle[0] + r, middle[1] - r);
    context.lineTo(middle[0] - r, middle[1] + r);
    context.stroke();
  }
  const ring = (node, colour, width, dash) => {
    const [left, up] = corner(nodes[node].x, nodes[node].y);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.strokeRect(left - 1.5, up - 1.5, cell + 3, cell + 3);
    context.setLineDash([]);
  };
  ring(chosenNode, themeColour("ink"), 2.5, []);
  if (document.activeElement === byId("grid")) ring(activeNode, themeColour("accent"), 2.5, activeNode === chosenNode ? [4, 3] : []);
  showLegend(measure, top);
}

function showLegend(measure, top) {
  const parts = [];
  if (measure.categories) {
    const used = new Set(nodes.map((_, node) => measure.of(node, span)));
    measure.categories.forEach((name, i) => { if (used.has(i)) parts.push(swatch(name, letters[name])); });
  } else {
    parts.push(make("span", {}, "0", make("span", { class: "ramp", style: `background:${rampImage()}` }), shown(measure, top)));
  }
  if (chosenKind !== "none") {
    parts.push(make("span", {}, make("span", { class: "swatch", style: `background:${themeColour("link")}` }), `links: widest is ${ratio(topLoad())} flits per cycle`));
  }
  if (nodes.length < places.length) parts.push(make("span", {}, "hatched: dead nodes"));
  if (record.machine.dead_links.length > 0) parts.push(make("span", {}, "crosses: dead links"));
  if (record.machine.dips.length > 0) parts.push(make("span", {}, "bars at the rim: Interface Processors"));
  byId("legend").replaceChildren(...parts);
}

function nodeText(node) {
  const measure = measures[chosenMeasure];
  return `node ${nodes[node].x},${nodes[node].y}: ${measure.name} ${shown(measure, measure.of(node, span))}`;
}
function sayActive() {
  const grid = byId("grid");
  grid.setAttribute("aria-rowcount", record.machine.rows);
  grid.setAttribute("aria-colcount", record.machine.columns);
  byId("row").setAttribute("aria-rowindex", nodes[activeNode].y + 1);
  const cell = byId("cell");
  cell.setAttribute("aria-colindex", nodes[activeNode].x + 1);
  cell.setAttribute("aria-selected", String(activeNode === chosenNode));
  cell.textContent = nodeText(activeNode);
}

// The next live node from the active one in a direction.
function nodeTowards([dx, dy]) {
  let { x, y } = nodes[activeNode];
  for (;;) {
    x += dx;
    y += dy;
    if (x < 0 || y < 0 || x >= record.machine.columns || y >= record.machine.rows) return activeNode;
    if (nodeAt(x, y) >= 0) return nodeAt(x, y);
  }
}
function choose(node) {
  activeNode = chosenNode = node;
  drawMachine();
  sayActive();
  showNode();
  byId("status").textContent = `Details of ${nodeText(node)}`;
}

function showMachine() {
  const grid = byId("grid");
  // The first quantity of which there is any.
  chosenMeasure = Math.max(0, measures.findIndex((measure) => !measure.categories && overNodes((node) => measure.of(node, null)) > 0));
  const fill = (select, names, chosen) => select.append(...names.map((name, i) => make("option", { value: i, selected: i === chosen ? "" : null }, name)));
  fill(byId("measure"), measures.map((m) => m.name), chosenMeasure);
  const linkNames = ["all flits", "requests", "data", "lines of trees", "nothing"];
  const linkKinds = [null, ...kinds, "none"];
  fill(byId("kind"), linkNames, 0);
  const redraw = () => {
    byId("meaning").textContent = measures[chosenMeasure].text;
    drawMachine();
    sayActive();
    drawCourse();
    showNode();
  };
  byId("measure").addEventListener("change", (event) => {
    chosenMeasure = Number(event.target.value);
    redraw();
  });
  byId("kind").addEventListener("change", (event) => {
    chosenKind = linkKinds[Number(event.target.value)];
    redraw();
  });
  byId("mesh").addEventListener("click", (event) => {
    const { cell } = layout;
    const found = nodes.findIndex(({ x, y }) => {
      const [left, up] = corner(x, y);
      return event.offsetX >= left && event.offsetX < left + cell && event.offsetY >= up && event.offsetY < up + cell;
    });
    if (found >= 0) choose(found);
  });
  const moves = { ArrowUp: steps[0], ArrowRight: steps[1], ArrowDown: steps[2], ArrowLeft: steps[3] };
  grid.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) activeNode = nodeTowards(moves[event.key]);
    else if (event.key === "Home") activeNode = 0;
    else if (event.key === "End") activeNode = nodes.length - 1;
    else if (event.key === "Enter" || event.key === " ") choose(activeNode);
    else return;
    event.preventDefault();
    drawMachine();
    sayActive();
  });
  grid.addEventListener("focus", drawMachine);
  grid.addEventListener("blur", drawMachine);
  placeAll();
  byId("meaning").textContent = measures[chosenMeasure].text;
  onSpan(() => {
    drawMachine();
    sayActive();
  });
  addEventListener("resize", () => {
    placeAll();
    drawMachine();
    drawCourse();
  });
  darkScheme.addEventListener("change", redraw);
}
