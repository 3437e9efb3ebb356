// Charts from the tables beside them. ECharts comes only to pages that have one; colours are those of the tokens.
function colour(name) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = `var(--by-${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function options(table, shape, stacked, grouped) {
  const heads = [...table.querySelectorAll("thead th:not([data-sum])")].slice(1).map((head) => head.textContent);
  const rows = [...table.querySelectorAll("tbody tr")];
  const labels = rows.map((row) => row.querySelector("th").textContent);
  const cells = (column) => rows.map((row) => { const value = row.querySelectorAll("td")[column].dataset.value; return value === "" ? null : Number(value); });
  const quiet = colour("text-3");
  const common = {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    color: [1, 2, 3, 4, 5, 6].map((number) => colour(`chart-${number}`)),
  };
  if (shape === "pie") {
    const data = labels.map((name, row) => ({ name, value: cells(0)[row] }));
    return { ...common, tooltip: { trigger: "item", confine: true }, series: [{ type: "pie", radius: ["40%", "72%"], data, label: { color: colour("text") } }] };
  }
  const type = (column) => (shape === "bar" && (stacked || grouped || column === 0) ? "bar" : "line");
  return {
    ...common,
    grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis", confine: true, backgroundColor: colour("raised"), borderColor: colour("edge"),
      textStyle: { color: colour("text"), fontSize: 12 }, axisPointer: { type: shape === "bar" ? "shadow" : "line" },
    },
    xAxis: { type: "category", data: labels, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("chart-grid") } }, axisLabel: { color: quiet } },
    yAxis: { type: "value", min: 0, splitLine: { lineStyle: { color: colour("chart-grid") } }, axisLabel: { color: quiet } },
    series: heads.map((name, column) => ({
      name, data: cells(column), type: type(column), stack: stacked ? "all" : undefined, symbolSize: 5, lineStyle: { width: 2 },
      barMaxWidth: 28, itemStyle: { borderRadius: type(column) === "bar" && !stacked ? [2, 2, 0, 0] : 0 },
    })),
  };
}

function draw(figure, echarts) {
  const [canvas, table] = [figure.querySelector("[data-canvas]"), figure.querySelector("[data-table]")];
  const paint = () => {
    if (canvas.hidden) return;
    const chart = echarts.getInstanceByDom(canvas) ?? echarts.init(canvas);
    chart.setOption(options(table, figure.dataset.chart, "stacked" in figure.dataset, "grouped" in figure.dataset), true);
    chart.resize();
  };
  const show = (what) => {
    canvas.hidden = what !== "chart";
    table.hidden = what === "chart";
    for (const button of figure.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === what));
    paint();
  };
  figure.addEventListener("click", (event) => { const button = event.target.closest("[data-show]"); if (button) show(button.dataset.show); });
  document.addEventListener("by:theme", paint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  new ResizeObserver(() => requestAnimationFrame(paint)).observe(canvas);
  show("chart");
}

let loading;
function library() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.querySelector('meta[name="by-echarts"]')?.content ?? "/static/vendor/echarts/echarts.min.js";
    script.addEventListener("load", () => resolve(window.echarts));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return loading;
}

export async function drawIn(root) {
  const figures = [...root.querySelectorAll("[data-chart]")];
  if (!figures.length) return;
  try {
    const echarts = await library();
    for (const figure of figures) draw(figure, echarts);
  } catch {
    for (const figure of figures) figure.querySelector('[data-show="chart"]').disabled = true;
  }
}

drawIn(document);
