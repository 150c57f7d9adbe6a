// The loss curve of a training run.

function showTraining() {
  const steps = record.training;
  if (!steps || steps.length === 0) return;
  byId("training").hidden = false;
  const losses = steps.map(([, loss]) => loss);
  const smoothing = 0.05;
  const smooth = [];
  losses.forEach((loss, i) => smooth.push(i === 0 ? loss : smooth[i - 1] + smoothing * (loss - smooth[i - 1])));
  const sentence = `${exact(steps.length)} steps; loss of the first batch ${losses[0].toFixed(4)}, of the last ${losses.at(-1).toFixed(4)}.`;
  const high = roundUp(Math.max(...losses));
  const last = Math.max(2, steps.at(-1)[0]);
  const { svg, toX, toY } = chart(`Loss curve. ${sentence}`, { low: 1, high: last, ticks: linearTicks(1, last, 6).map(Math.round), label: "step" },
    { low: 0, high, ticks: linearTicks(0, high), text: (tick) => tick.toFixed(2), label: "loss of the batch, nats" });
  svg.append(polyline(steps.map(([step, loss]) => [toX(step), toY(loss)]), steps.length > 60 ? "faint" : "accent"));
  if (steps.length > 60) svg.append(polyline(steps.map(([step], i) => [toX(step), toY(smooth[i])]), "accent"));
  const results = record.results ?? {};
  const accuracy = results.test_accuracy === undefined ? "" : ` Test accuracy ${percent(results.test_accuracy, 2)}, of the FP32 reference ${percent(results.reference_accuracy, 2)}.`;
  byId("loss").append(make("p", {}, sentence + accuracy), make("div", { class: "pair" }, svg,
    folded("Loss: numbers", () => table("Mean cross-entropy of each step's batch", [["Step", true], ["Loss", true], ["Cycle", true]], steps.map(([step, loss, cycle]) => [exact(step), loss.toFixed(5), exact(cycle)])))));
}
