// Charts in SVG, each with a sentence that says what it shows.

const chartWidth = 620;
const chartHeight = 240;
const margins = { left: 54, right: 14, top: 10, bottom: 34 };

// Linear or, with `log`, logarithmic scale from data to pixels.
function scale(low, high, from, to, log = false) {
  const f = log ? Math.log10 : (x) => x;
  const span = f(high) - f(low) || 1;
  return (x) => from + ((f(x) - f(low)) / span) * (to - from);
}
function linearTicks(low, high, count = 5) {
  const step = roundUp((high - low) / count);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-6; tick += step) ticks.push(tick);
  return ticks;
}
function decades(low, high) {
  const ticks = [];
  for (let power = Math.ceil(Math.log10(low) - 1e-9); power <= Math.log10(high) + 1e-9; ++power) ticks.push(10 ** power);
  return ticks;
}

// An empty chart with axes; x and y are {low, high, log, ticks, text, label}.
function chart(description, x, y, height = chartHeight) {
  const toX = scale(x.low, x.high, margins.left, chartWidth - margins.right, x.log);
  const toY = scale(y.low, y.high, height - margins.bottom, margins.top, y.log);
  const svg = draw("svg", { viewBox: `0 0 ${chartWidth} ${height}`, role: "img", "aria-label": description });
  const text = (axis, tick) => (axis.text ?? short)(tick);
  for (const tick of x.ticks) {
    svg.append(draw("line", { class: "axis", x1: toX(tick), x2: toX(tick), y1: margins.top, y2: height - margins.bottom }),
      draw("text", { x: toX(tick), y: height - margins.bottom + 15, "text-anchor": "middle" }, text(x, tick)));
  }
  for (const tick of y.ticks) {
    svg.append(draw("line", { class: "axis", x1: margins.left, x2: chartWidth - margins.right, y1: toY(tick), y2: toY(tick) }),
      draw("text", { x: margins.left - 6, y: toY(tick) + 4, "text-anchor": "end" }, text(y, tick)));
  }
  svg.append(draw("text", { x: chartWidth - margins.right, y: height - 4, "text-anchor": "end" }, x.label),
    draw("text", { x: margins.left + 4, y: margins.top + 11 }, y.label ?? ""));
  return { svg, toX, toY, base: height - margins.bottom };
}
function cycleAxis() {
  return { low: 0, high: record.cycles || 1, ticks: linearTicks(0, record.cycles || 1, 6), label: "cycles" };
}
function polyline(points, kind) {
  return draw("path", { class: kind, d: points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("") });
}

// Shares by cause over time; parts(span) are numbers of each name.
function stackedCourse(title, names, parts) {
  const sums = parts(null);
  const all = sums.reduce((a, b) => a + b, 0) || 1;
  if (names.every((name, i) => !palette[name] || sums[i] === 0)) return make("div", {}, make("h3", {}, title), make("p", { class: "note" }, "They did nothing in this run."));
  const told = names.map((name, i) => `${name} ${percent(sums[i] / all)}`).join(", ");
  const { svg, toX, toY } = chart(`${title} over time. Of the whole run: ${told}.`, cycleAxis(),
    { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1], text: (tick) => percent(tick, 0) });
  const windows = [...Array(record.windows).keys()].map((w) => {
    const here = parts(w);
    const sum = here.reduce((a, b) => a + b, 0) || 1;
    let below = 0;
    return here.map((part) => [below, below += part / sum]);
  });
  names.forEach((name, i) => {
    if (!palette[name]) return;
    const edges = (side) => windows.flatMap((layers, w) => [[toX(firstCycle(w)), toY(layers[i][side])], [toX(lastCycle(w)), toY(layers[i][side])]]);
    const outline = [...edges(1), ...edges(0).reverse()];
    if (outline.length > 0) {
      const area = polyline(outline, null);
      area.setAttribute("d", `${area.getAttribute("d")}Z`);
      area.setAttribute("fill", categoryColour(name));
      svg.append(area);
    }
  });
  const cursor = draw("line", { class: "cursor", y1: toY(1), y2: toY(0), visibility: "hidden" });
  svg.append(cursor);
  onSpan((span) => {
    cursor.setAttribute("visibility", span === null ? "hidden" : "visible");
    if (span === null) return;
    const x = toX((firstCycle(span) + lastCycle(span)) / 2);
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
  });
  const numbers = folded(`${title}: numbers`, () => table("Of the whole run", [["What", false], ["Cycles", true], ["Share", true]],
    names.map((name, i) => [name, exact(sums[i]), percent(sums[i] / all, 2)])));
  return make("div", {}, make("h3", {}, title), svg, make("div", { class: "legend" }, ...names.map((name) => swatch(name))), numbers);
}

function showCourses() {
  const sumOver = (of, count) => (span) => {
    const sum = Array(count).fill(0);
    for (let node = 0; node < nodes.length; ++node) of(node, span).forEach((part, i) => { sum[i] += part; });
    return sum;
  };
  const matrix = stackedCourse("Matrix units", matrixStates, sumOver(matrixCycles, matrixStates.length));
  const hartTime = sumOver(nodeCauses, causes.length);
  byId("courses").replaceChildren(stackedCourse("Harts that were started", causes, hartTime), matrix);
}
