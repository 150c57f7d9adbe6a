// Numbers and elements.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
const exact = (number) => whole.format(number);
const short = (number) => (Math.abs(number) < 100000 ? whole : compact).format(number);
function percent(part, digits = 1) {
  return `${(100 * part).toFixed(digits)} %`;
}
function ratio(number) {
  return number === 0 ? "0" : number < 0.001 ? number.toExponential(1) : number.toFixed(3);
}
function shown(measure, number) {
  if (measure.categories) return measure.categories[number];
  return measure.percent ? percent(number) : `${ratio(number)} per cycle`;
}
function cyclesText(span) {
  return `cycles ${exact(firstCycle(span))} to ${exact(Math.max(firstCycle(span), lastCycle(span) - 1))}`;
}

function fillIn(element, attributes, children) {
  for (const [name, text] of Object.entries(attributes)) {
    if (text !== null && text !== undefined && text !== false) element.setAttribute(name, text);
  }
  element.append(...children);
  return element;
}
function make(tag, attributes = {}, ...children) {
  return fillIn(document.createElement(tag), attributes, children);
}
function draw(tag, attributes = {}, ...children) {
  return fillIn(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}
function byId(id) {
  return document.getElementById(id);
}

// A table; columns are [heading, whether its cells are numbers], the first cell of a row is its heading.
function table(caption, columns, rows) {
  const heading = ([text, isNumber]) => make("th", { scope: "col", class: isNumber ? "number" : null }, text);
  const cell = (content, i) => i === 0 ? make("th", { scope: "row", class: columns[0][1] ? "number" : null }, content)
    : make("td", { class: columns[i][1] ? "number" : null }, content);
  return make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...columns.map(heading))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell)))));
}

// Something long that is made when it is opened.
function folded(title, makeContent) {
  const content = make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": title });
  const element = make("details", {}, make("summary", {}, title), content);
  element.addEventListener("toggle", () => {
    if (element.open) content.replaceChildren(makeContent());
  });
  return element;
}
