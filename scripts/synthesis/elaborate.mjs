// elaborate.mjs YOSYS_MODULE OUTPUT_FOLDER < JOBS: reads modules with slang, the modules that each instantiates being black boxes,
// fails on latches and combinational loops, and writes TOP.elab.il and TOP.stat.json.
// JOBS are lines of JSON {top, files}; each is answered by a line {top, error} before the next is read, error being null or a text.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

const [yosysModule, output] = process.argv.slice(2);
const { runYosys } = await import(pathToFileURL(yosysModule));

async function elaborate({ top, files: paths }) {
  // All files lie side by side in the virtual file system; packages are read first.
  const files = Object.fromEntries(paths.map((name) => [path.basename(name), fs.readFileSync(name)]));
  const names = Object.keys(files);
  const packages = names.filter((name) => name.endsWith('_pkg.sv'));
  const others = names.filter((name) => name.endsWith('.sv') && !packages.includes(name) && name !== `${top}.sv`);
  const blackBoxes = others.map((name) => `--blackboxed-module ${path.basename(name, '.sv')}`);
  const script = [
    `read_slang -j 1 --top ${top} ${blackBoxes.join(' ')} ${packages.join(' ')} ${top}.sv ${others.join(' ')}`,
    `hierarchy -check -top ${top}`,
    'proc',
    'chformal -remove',
    'opt_clean',
    'check -latchonly -assert',
    'scc -expect 0',
    'tee -o stat.json stat -json -width',
    // Other readers do not know $bwmux.
    'bwmuxmap',
    // RTLIL instead of Verilog: a memory keeps its ports, where Verilog would have one for each bit.
    'memory_collect',
    'attrmap -remove src',
    'attrmap -modattr -remove src',
    'write_rtlil elab.il',
  ];

  const log = [];
  const keep = (bytes) => bytes && log.push(Buffer.from(bytes).toString());
  try {
    const result = await runYosys(['-Q', '-T', '-p', script.join('; ')], files, {
      stdout: keep,
      stderr: keep,
      fetchProgress: () => {},
    });
    fs.writeFileSync(path.join(output, `${top}.stat.json`), result['stat.json']);
    fs.writeFileSync(path.join(output, `${top}.elab.il`), result['elab.il']);
    return null;
  } catch (error) {
    const lines = log.join('').replace(/\x1b\[[0-9;]*m/g, '').split('\n').filter((line) => line && !/Running command/.test(line));
    const told = lines.filter((line) => /error|found an scc|^\s+cell /i.test(line));
    return [...(told.length ? told.slice(0, 8) : lines.slice(-20)), error.message].join('\n');
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  console.log(JSON.stringify({ top: job.top, error: await elaborate(job) }));
}
