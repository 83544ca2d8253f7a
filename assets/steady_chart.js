// New points for a chart that is already on the page: the plot is not drawn anew, so zoom, hover and drag survive.

const PATIENCE_MS = 4000

const waiting = new WeakMap()

export default function (component) {
  const { data, parentElement, setStateValue } = component
  clearTimeout(waiting.get(parentElement)?.timer)
  const task = { since: performance.now() }
  waiting.set(parentElement, task)

  const feed = () => {
    const plot = document.querySelector(`.st-key-${data.box} .js-plotly-plot`)
    const ready = window.Plotly && plot?._fullLayout && plot.layout?.uirevision === data.revision
    if (ready && !plot._dragging) {
      if (plot.dataset.fed !== data.stamp) {
        plot.dataset.fed = data.stamp
        window.Plotly.restyle(plot, { x: data.x, y: data.y }, data.x.map((_, index) => index))
      }
      return
    }
    if (performance.now() - task.since < PATIENCE_MS) task.timer = setTimeout(feed, 60)
    else if (plot?._fullLayout && !window.Plotly) setStateValue("plain", true)
  }
  feed()
  return () => clearTimeout(task.timer)
}
