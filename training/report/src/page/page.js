// Draws the plots in the colours, fonts and spaces of the style sheet, and again when light turns to dark.
(() => {
  "use strict";
  const plots = JSON.parse(document.getElementById("plots").textContent);
  const named = /^var\(--([a-z-]+)\)$/;
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

  // Every colour of a plot is the name of one in the style sheet.
  const coloured = (value) => {
    if (typeof value === "string") {
      const name = named.exec(value);
      return name ? style(name[1]) : value;
    }
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
    }
    return value;
  };

  const short = (name) => (name.length > 24 ? name.slice(0, 23) + "…" : name);

  const dressed = (plot) => {
    const { data, layout } = coloured(plot);
    const font = { family: style("font"), size: 12, color: style("soft") };
    const clear = "rgba(0,0,0,0)";
    const axis = { gridcolor: style("line"), linecolor: style("line"), zerolinecolor: style("line"), automargin: true, fixedrange: true };
    const narrow = window.innerWidth < 760;
    for (const key of Object.keys(layout).filter((key) => /^[xy]axis/.test(key))) {
      if (narrow && layout[key].type === "date") layout[key].nticks = 4;
      if (narrow && layout[key].ticktext) layout[key].ticktext = layout[key].ticktext.map(short);
      layout[key] = { ...axis, ...layout[key] };
      if (layout[key].title) layout[key].title = { standoff: 10, ...layout[key].title };
    }
    const surface = { bgcolor: style("surface"), bordercolor: style("line"), font: { ...font, color: style("ink") } };
    return {
      data,
      layout: {
        font,
        paper_bgcolor: clear,
        plot_bgcolor: clear,
        margin: { l: 10, r: 14, t: 12, b: 10 },
        legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font },
        hoverlabel: surface,
        dragmode: false,
        bargap: 0.25,
        ...layout,
      },
    };
  };

  const settings = { displayModeBar: false, responsive: true, doubleClick: false };
  const draw = () => {
    for (const [id, plot] of Object.entries(plots)) {
      const place = document.getElementById("plot-" + id);
      const { data, layout } = dressed(plot);
      Plotly.react(place, data, layout, settings);
    }
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
