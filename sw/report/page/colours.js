// Colours that can be told apart by all who see differently: ramps from the page's ground on, and the palette of Okabe and Ito.

const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const ramps = {
  light: [[238, 242, 246], [183, 214, 217], [104, 177, 189], [45, 128, 170], [36, 74, 135], [28, 28, 84]],
  dark: [[40, 44, 66], [52, 72, 120], [44, 113, 142], [45, 157, 128], [130, 203, 80], [250, 231, 90]],
};
const palette = {
  retired: "#009e73", fetch: "#cc79a7", memory: "#d55e00", command: "#e69f00", slot: "#f0e442", other: "#999999", semaphore: "#56b4e9", wfi: "#0072b2",
  vector: "#a98bd3", "matrix step": "#1f9d55", "matrix operand": "#a33b00", "matrix drain": "#8a6d00",
  "no hart ran": null, "no stall": null, step: "#009e73", "operand stall": "#d55e00", "drain stall": "#e69f00", "no descriptor": null, request: "#e69f00", data: "#0072b2",
};

// Letters that tell categories apart without colours.
const letters = {
  retired: "R", fetch: "F", memory: "M", command: "C", slot: "L", other: "O", semaphore: "S", wfi: "W", step: "T", "operand stall": "P", "drain stall": "D",
};
const onDark = new Set(["wfi", "matrix operand", "matrix drain"]);

// Colour at a place from 0 to 1.
function ramp(place) {
  const colours = darkScheme.matches ? ramps.dark : ramps.light;
  const at = Math.min(1, Math.max(0, place)) * (colours.length - 1);
  const i = Math.min(colours.length - 2, Math.floor(at));
  const mixed = colours[i].map((low, c) => Math.round(low + (colours[i + 1][c] - low) * (at - i)));
  return `rgb(${mixed.join(" ")})`;
}
function rampImage() {
  return `linear-gradient(to right, ${[0, 0.2, 0.4, 0.6, 0.8, 1].map(ramp).join(", ")})`;
}
const themeColours = new Map();
darkScheme.addEventListener("change", () => themeColours.clear());
function themeColour(name) {
  if (!themeColours.has(name)) themeColours.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return themeColours.get(name);
}
function categoryColour(name) {
  return palette[name] ?? themeColour("empty");
}

// The next number with one digit, two or five.
function roundUp(number) {
  if (!(number > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(number));
  return [1, 2, 5, 10].map((digit) => digit * power).find((round) => round >= number * 0.999999);
}

function swatch(name, letter = "") {
  return make("span", {}, make("span", { class: "swatch", style: `background:${categoryColour(name)};color:${onDark.has(name) ? "#fff" : "#000"}`, "aria-hidden": "true" }, letter), name);
}

// A bar of parts by cause, which says them all.
function stackedBar(names, parts, whole) {
  const sum = whole ?? parts.reduce((a, b) => a + b, 0);
  const told = names.map((name, i) => [name, parts[i]]).filter(([, part]) => part > 0);
  const text = told.length === 0 ? "nothing" : told.map(([name, part]) => `${name} ${percent(part / sum)}`).join(", ");
  const bar = make("div", { class: "stack", role: "img", "aria-label": text, title: text });
  for (const [name, part] of told) bar.append(make("i", { style: `width:${(100 * part) / sum}%;background:${categoryColour(name)}` }));
  return bar;
}
