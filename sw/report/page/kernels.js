// Stall breakdown of functions and their source lines, from samples of the harts' PCs or from an exact profile.

// The last two parts of a file's path.
function fileText(file) {
  return file.split("/").slice(-2).join("/");
}
function sumOf(parts) {
  return parts.reduce((a, b) => a + b, 0);
}
// The largest part that is not the first: what it waited for.
function mainStall(names, parts) {
  const rest = parts.map((part, i) => (names[i] === "retired" ? 0 : part));
  const most = Math.max(...rest);
  return most === 0 ? "none" : `${names[rest.indexOf(most)]} ${percent(most / sumOf(parts))}`;
}

// Functions with their lines out of [{program, function, file, line, parts}], those with most first.
function functionsOf(lines) {
  const functions = new Map();
  for (const line of lines) {
    const name = `${line.program} ${line.function}`;
    if (!functions.has(name)) functions.set(name, { name: line.function || "(no symbol)", program: line.program, parts: line.parts.map(() => 0), lines: [] });
    const found = functions.get(name);
    line.parts.forEach((part, i) => { found.parts[i] += part; });
    found.lines.push(line);
  }
  const byTime = (a, b) => sumOf(b.parts) - sumOf(a.parts);
  for (const found of functions.values()) found.lines.sort(byTime);
  return [...functions.values()].sort(byTime);
}

// A table of functions that open into lines. `scale` makes cycles out of parts.
function functionTable(caption, lines, names, scale) {
  const all = sumOf(lines.map((line) => sumOf(line.parts))) || 1;
  const functions = functionsOf(lines);
  const cells = (parts) => [
    make("td", { class: "number" }, short(sumOf(parts) * scale)),
    make("td", { class: "number" }, percent(sumOf(parts) / all)),
    make("td", { class: "cell-bar" }, stackedBar(names, parts)),
    make("td", {}, mainStall(names, parts)),
  ];
  const body = make("tbody");
  const most = 12;
  const addFunction = (found) => {
    const button = make("button", { type: "button", "aria-expanded": "false" }, found.name);
    const row = make("tr", {}, make("th", { scope: "row" }, button), make("td", {}, found.program), ...cells(found.parts));
    body.append(row);
    let shownLines = [];
    button.addEventListener("click", () => {
      const open = shownLines.length === 0;
      button.setAttribute("aria-expanded", String(open));
      shownLines.forEach((line) => line.remove());
      shownLines = open ? found.lines.slice(0, 40).map((line) => make("tr", { class: "line" },
        make("th", { scope: "row" }, make("code", {}, line.file ? `${fileText(line.file)}:${line.line}` : "(no line)")), make("td"), ...cells(line.parts))) : [];
      row.after(...shownLines);
    });
  };
  functions.slice(0, most).forEach(addFunction);
  const headings = [["Function, and its lines", false], ["Program", false], ["Hart-cycles", true], ["Share", true], ["By cause", false], ["Main stall", false]];
  const element = make("div", { class: "wide kernel", tabindex: "0", role: "region", "aria-label": caption }, make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...headings.map(([text, isNumber]) => make("th", { scope: "col", class: isNumber ? "number" : null }, text)))), body));
  const parts = [element];
  if (functions.length > most) {
    const more = make("button", { type: "button" }, `Show all ${functions.length} functions`);
    more.addEventListener("click", () => {
      functions.slice(most).forEach(addFunction);
      more.remove();
    });
    parts.push(more);
  }
  return parts;
}

function showKernels() {
  const lines = record.kernels.map((line) => ({ ...line, program: record.programs[line.program - 1] ?? "", parts: line.samples }));
  const taken = sumOf(lines.map((line) => sumOf(line.parts)));
  if (taken === 0) {
    byId("kernel-lines").append(make("p", { class: "note" }, "No hart ran long enough to be sampled."));
    return;
  }
  byId("kernel-lines").append(
    make("p", { class: "note" }, `The PC of every hart of all nodes, and what it did, once in ${record.sample_period} cycles: ${exact(taken)} samples of harts that were started. ` +
      `A sample stands for ${record.sample_period} hart-cycles. Of a hart that waits for a semaphore the cause says what the matrix unit did: matrix step, matrix operand or matrix drain; vector is a hart that waits while the vector unit works.`),
    ...functionTable("Functions of all programs", lines, sampleCauses, record.sample_period),
    make("div", { class: "legend" }, ...sampleCauses.map((name) => swatch(name))));
}
