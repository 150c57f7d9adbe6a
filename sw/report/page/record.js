"use strict";
// The record and the profile that the page carries, and the numbers of nodes in them.

const record = JSON.parse(document.getElementById("record").textContent);
const profile = JSON.parse(document.getElementById("profile").textContent);
const nodes = record.machine.nodes.map(([x, y]) => ({ x, y }));
const harts = 1 + Math.max(...record.quantities.filter((q) => q.scope === "hart").map((q) => q.index));
const directions = ["north", "east", "south", "west"];
const steps = [[0, -1], [1, 0], [0, 1], [-1, 0]];
const kinds = ["request", "data", "tree"];
// Causes of samples, and those that counters tell of every hart and window.
const sampleCauses = Object.keys(record.causes);
const causes = ["retired", "fetch", "memory", "command", "slot", "other", "semaphore", "wfi"];

// Number of each node by its place, or -1.
const places = new Int32Array(record.machine.columns * record.machine.rows).fill(-1);
nodes.forEach((node, n) => { places[node.y * record.machine.columns + node.x] = n; });
function nodeAt(x, y) {
  return x < 0 || y < 0 || x >= record.machine.columns || y >= record.machine.rows ? -1 : places[y * record.machine.columns + x];
}

// Of all nodes and windows, quantity by quantity, node by node; beside them the sums over the run.
let numbers, sums;

async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function readNumbers() {
  const bytes = await unpack(record.numbers);
  numbers = new Float64Array(record.quantities.length * nodes.length * record.windows);
  sums = new Float64Array(record.quantities.length * nodes.length);
  let at = 0;
  for (let i = 0; i < numbers.length; ++i) {
    let value = 0;
    let scale = 1;
    let byte = bytes[at++];
    for (; byte > 127; byte = bytes[at++], scale *= 128) value += (byte - 128) * scale;
    numbers[i] = value + byte * scale;
  }
  for (let i = 0; i < sums.length; ++i) {
    for (let w = 0; w < record.windows; ++w) sums[i] += numbers[i * record.windows + w];
  }
  document.getElementById("record").remove();
}

// Place of a quantity among the others.
const quantityNumbers = new Map(record.quantities.map((q, i) => [`${q.scope} ${q.index} ${q.name}`, i]));
function quantity(name, scope = "node", index = 0) {
  return quantityNumbers.get(`${scope} ${index} ${name}`);
}

// A span is the number of a window, or null: the whole run.
function firstCycle(span) {
  return span === null ? 0 : span * record.interval;
}
function lastCycle(span) {
  return span === null ? record.cycles : Math.min(record.cycles, (span + 1) * record.interval);
}
// At least 1, as rates are per cycle.
function cyclesOf(span) {
  return Math.max(1, lastCycle(span) - firstCycle(span));
}
function value(number, node, span) {
  const row = number * nodes.length + node;
  return span === null ? sums[row] : numbers[row * record.windows + span];
}
const nodeRows = new Map(record.quantities.filter((q) => q.scope === "node").map((q) => [q.name, quantity(q.name)]));
function nodeValue(name, node, span) {
  return value(nodeRows.get(name), node, span);
}

// Cycles of a hart by cause. What neither retired nor was counted as a stall while it ran is "other".
const hartNames = ["instructions", "fetch_stalls", "memory_stalls", "command_stalls", "slot_stalls", "running", "semaphore", "wfi"];
const hartRows = [...Array(harts).keys()].map((hart) => hartNames.map((name) => quantity(name, "hart", hart)));
function hartCauses(node, hart, span) {
  const cycles = hartRows[hart].map((row) => value(row, node, span));
  cycles[5] = Math.max(0, cycles[5] - cycles[0] - cycles[1] - cycles[2] - cycles[3] - cycles[4]);
  return cycles;
}
function nodeCauses(node, span) {
  const sum = hartCauses(node, 0, span);
  for (let hart = 1; hart < harts; ++hart) {
    const cycles = hartCauses(node, hart, span);
    for (let i = 0; i < sum.length; ++i) sum[i] += cycles[i];
  }
  return sum;
}

// Flits that left a node in a direction; a kind, or null: all of them.
const linkRows = directions.map((_, direction) => kinds.map((kind) => quantity(kind, "link", direction)));
function linkFlits(node, direction, kind, span) {
  const rows = linkRows[direction];
  if (kind !== null) return value(rows[kinds.indexOf(kind)], node, span);
  return value(rows[0], node, span) + value(rows[1], node, span) + value(rows[2], node, span);
}

function overNodes(of) {
  let sum = 0;
  for (let node = 0; node < nodes.length; ++node) sum += of(node);
  return sum;
}

// What the matrix unit of a node did: cycles with a step, operand stalls, drain stalls, and no descriptor.
const matrixStates = ["step", "operand stall", "drain stall", "no descriptor"];
function matrixCycles(node, span) {
  const counted = ["matrix_steps", "matrix_operand_stalls", "matrix_drain_stalls"].map((name) => nodeValue(name, node, span));
  return [...counted, Math.max(0, cyclesOf(span) - counted[0] - counted[1] - counted[2])];
}

const share = (name, of, text) => ({ name, text, percent: true, of });
const rate = (name, counter, text) => ({ name, text, of: (node, span) => nodeValue(counter, node, span) / cyclesOf(span) });
const nodeShare = (name, counter, text) => share(name, (node, span) => nodeValue(counter, node, span) / cyclesOf(span), text);
const hartShare = (name, cause) => share(name, (node, span) => nodeCauses(node, span)[causes.indexOf(cause)] / (cyclesOf(span) * harts),
  `Share of the time of the node's ${harts} harts in which a hart ${record.causes[cause]}.`);

// What nodes can be coloured by.
const measures = [
  nodeShare("matrix utilization", "matrix_steps", "Matrix steps per cycle: 1 is the peak of 256 multiply-accumulate operations per cycle."),
  { name: "main cause of harts", text: "What the harts of the node spent most cycles on.", categories: [...causes, "no hart ran"],
    of: (node, span) => {
      const cycles = nodeCauses(node, span);
      const most = Math.max(...cycles);
      return most === 0 ? causes.length : cycles.indexOf(most);
    } },
  { name: "main stall cause of harts", text: "What the harts of the node spent most cycles on without an instruction that retired.", categories: [...causes, "no stall"],
    of: (node, span) => {
      const cycles = nodeCauses(node, span).map((part, i) => (i === 0 ? 0 : part));
      const most = Math.max(...cycles);
      return most === 0 ? causes.length : cycles.indexOf(most);
    } },
  { name: "main state of the matrix unit", text: "What the matrix unit of the node spent most cycles on.", categories: matrixStates,
    of: (node, span) => {
      const cycles = matrixCycles(node, span);
      return cycles.indexOf(Math.max(...cycles));
    } },
  nodeShare("matrix operand stalls", "matrix_operand_stalls", "Share of cycles with a matrix descriptor and no step because an operand had not arrived."),
  nodeShare("matrix drain stalls", "matrix_drain_stalls", "Share of cycles with a matrix descriptor and no step because no accumulator was free."),
  nodeShare("vector unit busy", "vector_busy_cycles", "Share of cycles with a vector instruction in flight."),
  nodeShare("vector memory stalls", "vector_memory_stalls", "Share of cycles in which a vector load or store waited for an older one of its hart."),
  nodeShare("vector register stalls", "vector_register_stalls", "Share of cycles in which a vector instruction waited for registers of older ones."),
  nodeShare("vector SRAM stalls", "vector_sram_stalls", "Share of cycles in which the SRAM refused a request of the vector unit."),
  rate("SRAM conflicts", "sram_conflicts", "SRAM requests per cycle that were refused for a cycle because of a bank conflict."),
  { name: "instructions", text: "Instructions of all harts per cycle: 2 is the peak.", of: (node, span) => nodeCauses(node, span)[0] / cyclesOf(span) },
  hartShare("harts: fetch stalls", "fetch"),
  hartShare("harts: memory stalls", "memory"),
  hartShare("harts: command stalls", "command"),
  hartShare("harts: slot stalls", "slot"),
  hartShare("harts: waiting for semaphores", "semaphore"),
  hartShare("harts: waiting for interrupts", "wfi"),
  rate("flits sent", "flits_sent", "Flits per cycle that the node gave to the network: 1 is the peak."),
  rate("flits received", "flits_received", "Flits per cycle that the node took from the network: 1 is the peak."),
  rate("flits from memory", "memory_flits", "Flits per cycle that came over the node's link from an Interface Processor."),
  rate("corrected SRAM words", "ecc_corrected", "SRAM words per cycle with a single error that were read and corrected."),
];
