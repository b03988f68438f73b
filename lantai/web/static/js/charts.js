// Charts: each [data-chart] draws what the JSON beside it says, {kind: bar or line, x, series: [{name, colour,
// data}], and where wanted time: x are times, stacked}, in the page's own colours, again when paper turns dark or
// the window changes. Without it the table beside says all. Not here: tables, downloads.

const COLOURS = ["good", "waiting", "closed", "seal", "ink-2"];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function lineOf(one, at, { kind, time, x, stacked }) {
  const tint = colour(one.colour ?? COLOURS[at % COLOURS.length]);
  return {
    name: one.name,
    type: kind,
    data: time ? one.data.map((value, n) => [x[n], value]) : one.data,
    stack: stacked ? "all" : undefined,
    barMaxWidth: 28,
    symbol: ["circle", "rect", "triangle", "diamond"][at % 4],
    symbolSize: 7,
    itemStyle: { color: tint },
    lineStyle: { color: tint, width: 2, type: ["solid", "dashed", "dotted"][at % 3] },
    connectNulls: true,
  };
}

function optionOf(told) {
  const quiet = { color: colour("ink-2"), fontSize: 12 };
  const rule = { lineStyle: { color: colour("rule") } };
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: quiet, itemHeight: 10 },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    xAxis: {
      type: told.time ? "time" : "category",
      data: told.time ? undefined : told.x,
      axisLabel: { ...quiet, hideOverlap: true },
      axisLine: rule,
    },
    yAxis: { type: "value", minInterval: 1, axisLabel: quiet, splitLine: rule },
    series: told.series.map((one, at) => lineOf(one, at, told)),
  };
}

const drawn = new Map();

function draw(place) {
  const told = JSON.parse(place.parentElement.querySelector('script[type="application/json"]').textContent);
  const chart = drawn.get(place) ?? globalThis.echarts.init(place, null, { renderer: "canvas" });
  drawn.set(place, chart);
  chart.setOption(optionOf(told), true);
}

function drawAll(root = document) {
  if (!globalThis.echarts) return;
  for (const [place, chart] of drawn) {
    if (place.isConnected) continue; // what stood there was swapped for something else
    chart.dispose();
    drawn.delete(place);
  }
  for (const place of root.querySelectorAll("[data-chart]")) draw(place);
}

globalThis.addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
for (const paper of ["(prefers-color-scheme: dark)", "print"]) {
  matchMedia(paper).addEventListener("change", () => drawAll());
}
document.addEventListener("htmx:afterSwap", (event) => drawAll(event.target.parentElement ?? document));
drawAll();
