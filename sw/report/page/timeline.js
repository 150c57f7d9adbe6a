// The span of time that the page shows, the slider that moves it, and the course of the chosen quantity above it.

let span = null;
const listeners = [];

// Calls `listener` with the span now and whenever it changes.
function onSpan(listener) {
  listeners.push(listener);
  listener(span);
}
function setSpan(next) {
  span = next;
  listeners.forEach((listener) => listener(span));
}

function drawCourse() {
  const canvas = byId("course");
  const density = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = Math.max(1, Math.round(width * density));
  canvas.height = Math.max(1, Math.round(height * density));
  const context = canvas.getContext("2d");
  context.scale(density, density);
  const means = courseOf(chosenRate());
  const top = Math.max(...means) || 1;
  // The slider's thumb is half inside its ends.
  const inset = 8;
  const step = (width - 2 * inset) / Math.max(1, record.windows - 1);
  means.forEach((mean, w) => {
    const tall = (mean / top) * (height - 4);
    context.fillStyle = w === span ? themeColour("accent") : themeColour("hatch");
    context.fillRect(record.windows === 1 ? inset : inset + (w - 0.5) * step, height - tall, Math.max(1, record.windows === 1 ? width - 2 * inset : step - 0.5), tall);
  });
}

// Means over the nodes, window by window, of a quantity.
const courses = new Map();
function courseOf(measure) {
  if (!courses.has(measure)) {
    courses.set(measure, [...Array(record.windows).keys()].map((w) => overNodes((node) => measure.of(node, w)) / nodes.length));
  }
  return courses.get(measure);
}
// The chosen quantity, or, for one with categories, the matrix utilization.
function chosenRate() {
  return measures[chosenMeasure].categories ? measures[0] : measures[chosenMeasure];
}

function showTimeline() {
  const time = byId("time");
  const play = byId("play");
  time.max = Math.max(0, record.windows - 1);
  time.value = 0;
  // A run that failed before its first cycle has no windows.
  time.disabled = play.disabled = byId("whole").disabled = record.windows === 0;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.setAttribute("aria-pressed", "false");
    play.textContent = "Play";
  };
  time.addEventListener("input", () => {
    stop();
    setSpan(Number(time.value));
  });
  byId("whole").addEventListener("change", (event) => {
    stop();
    setSpan(event.target.checked ? null : Number(time.value));
  });
  play.addEventListener("click", () => {
    if (timer !== null) return stop();
    play.setAttribute("aria-pressed", "true");
    play.textContent = "Pause";
    if (span === null || span >= record.windows - 1) setSpan(0);
    timer = setInterval(() => {
      if (span === null || span >= record.windows - 1) return stop();
      setSpan(span + 1);
    }, calm.matches ? 1000 : Math.max(60, 12000 / record.windows));
  });
  onSpan(() => {
    byId("whole").checked = span === null;
    if (span !== null) time.value = span;
    const text = span === null ? `whole run, ${exact(record.cycles)} cycles` : cyclesText(span);
    byId("when").textContent = text;
    time.setAttribute("aria-valuetext", text);
    drawCourse();
  });
}
