// Puts the page together.

function showHead() {
  byId("command").textContent = document.title;
  const outcome = byId("outcome");
  const failed = record.exit_code !== 0 || record.error !== undefined;
  outcome.classList.toggle("failed", failed);
  const { columns, rows, die } = record.machine;
  const dies = (columns / die[0]) * (rows / die[1]);
  outcome.append(make("strong", {}, failed ? `Failed, exit code ${record.exit_code}` : "Done"), record.error ? `: ${record.error}` : "",
    ` · ${exact(nodes.length)} RTL node${nodes.length === 1 ? "" : "s"}, ${dies > 1 ? `${dies} dies of ${die[0]}×${die[1]}` : `${columns}×${rows}`} sites` +
    `${record.programs.length > 0 ? ` · ${record.programs.join(", ")}` : ""}`);
  const cycles = record.cycles || 1;
  const hartTime = causes.map((_, i) => overNodes((node) => nodeCauses(node, null)[i]));
  const figures = [["Cycles", exact(record.cycles)], ["Matrix utilization", percent(overNodes((node) => nodeValue("matrix_steps", node, null)) / cycles / nodes.length)],
    ["Instructions", short(hartTime[0])], ["Instructions per cycle", ratio(hartTime[0] / cycles / nodes.length), "per node"], ["Flits", short(overNodes((node) => nodeValue("flits_sent", node, null)))]];
  const results = record.results ?? {};
  if (results.test_accuracy !== undefined) figures.push(["Test accuracy", percent(results.test_accuracy, 2)]);
  if (results.correct !== undefined) figures.push(["Result", results.correct ? "correct" : "wrong"]);
  byId("figures").append(...figures.map(([name, text, unit]) => make("div", {}, make("dt", {}, name), make("dd", {}, text, unit ? make("small", {}, ` ${unit}`) : ""))));
  for (const section of document.querySelectorAll("main section:not([hidden])")) {
    byId("sections").append(make("li", {}, make("a", { href: `#${section.id}` }, section.querySelector("h2").textContent)));
  }
}

async function start() {
  await readNumbers();
  showMachine();
  showTimeline();
  onSpan(showNode);
  showCourses();
  showKernels();
  showProfile();
  showRoofline();
  showTraining();
  showNetwork();
  showTables();
  showHead();
  document.documentElement.dataset.ready = "yes";
}

start().catch((error) => {
  byId("outcome").textContent = `The record cannot be shown: ${error.message}`;
  throw error;
});
