// elaborate.mjs YOSYS_MODULE < JOB: runs a script of Yosys with slang. JOB is JSON {files: {name: text}, script: [command], result: name};
// prints the text of the result. Exit code 1: an error, told on standard error.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const { runYosys } = await import(pathToFileURL(process.argv[2]));
const job = JSON.parse(fs.readFileSync(0));
const log = [];
const keep = (bytes) => bytes && log.push(Buffer.from(bytes).toString());
try {
  const files = await runYosys(['-Q', '-T', '-p', job.script.join('; ')], job.files, {
    stdout: keep,
    stderr: keep,
    fetchProgress: () => {},
  });
  process.stdout.write(files[job.result]);
} catch (error) {
  const lines = log.join('').replace(/\x1b\[[0-9;]*m/g, '').split('\n').filter((line) => line);
  const told = lines.filter((line) => /error/i.test(line));
  console.error([...(told.length ? told.slice(0, 8) : lines.slice(-20)), error.message].join('\n'));
  process.exitCode = 1;
}
