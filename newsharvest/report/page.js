(() => {
  "use strict";
  const root = document.documentElement;
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colours = () => {
    const style = getComputedStyle(root);
    const [ink, line] = [style.getPropertyValue("--ink").trim(), style.getPropertyValue("--line").trim()];
    const axis = { "color": ink, "gridcolor": line, "zerolinecolor": line, "linecolor": line };
    const update = { "font.color": ink, "hoverlabel.bgcolor": style.getPropertyValue("--card").trim(), "hoverlabel.font.color": ink };
    for (const name of ["xaxis", "yaxis"]) {
      for (const [key, value] of Object.entries(axis)) update[`${name}.${key}`] = value;
    }
    return update;
  };
  const charts = () => Object.keys(figures).map((name) => document.getElementById(`chart-${name}`)).filter(Boolean);
  const paint = () => charts().forEach((chart) => {
    Plotly.relayout(chart, colours());
  });
  const speak = (language) => {
    root.dataset.lang = root.lang = language;
    charts().forEach((chart) => {
      chart.data.forEach((trace, index) => {
        if (trace.meta && trace.meta[language]) Plotly.restyle(chart, { name: trace.meta[language] }, [index]);
      });
    });
  };
  const config = { responsive: true, displayModeBar: false, displaylogo: false };
  const draw = Object.entries(figures).map(([name, figure]) => {
    const chart = document.getElementById(`chart-${name}`);
    return chart ? Plotly.newPlot(chart, figure.data, figure.layout, config) : null;
  });
  Promise.all(draw).then(() => {
    paint();
    speak((navigator.language || "ko").startsWith("ko") ? "ko" : "en");
    root.dataset.drawn = String(document.querySelectorAll(".chart .main-svg").length > 0);
  });
  dark.addEventListener("change", paint);
  document.getElementById("language").addEventListener("click", () => speak(root.dataset.lang === "ko" ? "en" : "ko"));
  document.getElementById("theme").addEventListener("click", () => {
    const now = root.dataset.theme || (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    paint();
  });
})();
