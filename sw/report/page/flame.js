// The exact profile, when there is one: flame graph over all harts, and the same table as of the samples.

// Calls of all harts as a tree of functions.
function callTree() {
  const root = { total: 0, children: new Map() };
  for (const hart of profile.harts) {
    for (const { frames, cycles } of hart.stacks) {
      const total = sumOf(cycles);
      let at = root;
      at.total += total;
      for (const number of frames) {
        const { function: name, file } = profile.frames[number];
        if (!at.children.has(name)) at.children.set(name, { name: name || "(no symbol)", file, total: 0, children: new Map() });
        at = at.children.get(name);
        at.total += total;
      }
    }
  }
  return root;
}

const warm = ["#f7b267", "#f4a259", "#f79d65", "#f8ad9d", "#fbc4ab", "#ffd166"];

function flameGraph() {
  const root = callTree();
  const frameRow = 22;
  const element = make("div", { class: "flames", role: "group", "aria-label": "Flame graph: outermost calls on top, width by cycles" });
  const least = 0.002;
  let deepest = 0;
  const add = (call, left, depth) => {
    const width = call.total / root.total;
    if (width < least) return;
    const { name, file } = call;
    const where = file ? `, ${fileText(file)}` : "";
    const text = `${name}${where}: ${exact(call.total)} cycles, ${percent(width)}`;
    element.append(make("button", { type: "button", title: text, "aria-label": text,
      style: `left:${100 * left}%;width:${100 * width}%;top:${depth * frameRow}px;background:${warm[(name.length + name.charCodeAt(0)) % warm.length]}` }, name));
    deepest = Math.max(deepest, depth);
    addChildren(call, left, depth + 1);
  };
  const addChildren = (call, left, depth) => {
    for (const child of [...call.children.values()].sort((a, b) => b.total - a.total)) {
      add(child, left, depth);
      left += child.total / root.total;
    }
  };
  addChildren(root, 0, 0);
  element.style.height = `${(deepest + 1) * frameRow}px`;
  const told = make("p", { class: "note", role: "status" }, "A frame that is chosen is explained here.");
  element.addEventListener("click", (event) => { if (event.target.title) told.textContent = event.target.title; });
  return [element, told];
}

function showProfile() {
  if (profile === null || profile.harts.length === 0) return;
  byId("flame").hidden = false;
  const lines = [];
  for (const hart of profile.harts) {
    for (const { frames, cycles } of hart.stacks) {
      const innermost = profile.frames[frames.at(-1)];
      if (innermost) lines.push({ program: profile.program, function: innermost.function, file: innermost.file ?? "", line: innermost.line ?? 0, parts: cycles });
    }
  }
  const joined = new Map();
  for (const line of lines) {
    const name = `${line.function} ${line.file} ${line.line}`;
    if (joined.has(name)) line.parts.forEach((part, i) => { joined.get(name).parts[i] += part; });
    else joined.set(name, { ...line, parts: [...line.parts] });
  }
  byId("flame-graph").append(...flameGraph(), ...functionTable("Every cycle of every hart that was profiled", [...joined.values()], profile.causes, 1));
}
