// The picture of a network: one row a stage, the head on top, the image below. A click, Enter or Space cycles a
// stage's state. Python owns the plan: every render draws `data`; a click shows at once and sends all states.

const STATES = ["frozen", "fine_tuned", "reinitialised"]
const WORDS = { frozen: "Frozen", fine_tuned: "Fine-tuned", reinitialised: "Re-initialised" }
const ICONS = {
  frozen: '<path d="M12 2v20M3.3 7l17.4 10M20.7 7 3.3 17M9.5 3.8 12 6l2.5-2.2M9.5 20.2 12 18l2.5 2.2M3.6 10.2l3.2-.9-.8-3.3M20.4 13.8l-3.2.9.8 3.3M20.4 10.2l-3.2-.9.8-3.3M3.6 13.8l3.2.9-.8 3.3"/>',
  fine_tuned: '<path d="M12 2.5c.6 3.6 5.8 6 5.8 11.6a5.8 5.8 0 0 1-11.6 0c0-2.4 1.1-4 2.3-5.2.2 1.7.9 2.6 1.9 3C10.2 8.8 10 5.5 12 2.5Z" fill="currentColor"/>',
  reinitialised: '<rect x="4" y="4" width="16" height="16" rx="3"/><g fill="currentColor" stroke="none"><circle cx="8.5" cy="8.5" r="1.7"/><circle cx="15.5" cy="8.5" r="1.7"/><circle cx="12" cy="12" r="1.7"/><circle cx="8.5" cy="15.5" r="1.7"/><circle cx="15.5" cy="15.5" r="1.7"/></g>',
}

const icon = (state) =>
  `<svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round">${ICONS[state]}</svg>`

const element = (tag, name, parent) => {
  const made = document.createElement(tag)
  made.className = name
  parent.append(made)
  return made
}

function build(root, data, press) {
  root.replaceChildren()
  const list = element("div", "stages", root)
  endRow(list, "head")
  const rows = new Map()
  for (const stage of [...data.stages].reverse()) {
    const button = element("button", "row stage", list)
    button.type = "button"
    button.dataset.stage = stage.name
    const block = element("span", "block", element("span", "picture", button))
    block.style.setProperty("--side", `${stage.side}%`)
    block.style.setProperty("--depth", `${stage.depth}px`)
    const text = element("span", "text", button)
    element("span", "name", text).textContent = stage.label
    element("span", "facts", text)
    element("span", "chip", button)
    button.onclick = () => press(stage.name)
    rows.set(stage.name, button)
  }
  endRow(list, "input")
  return rows
}

function endRow(list, name) {
  const row = element("div", `row end ${name}`, list)
  element("span", "block", element("span", "picture", row))
  const text = element("span", "text", row)
  element("span", "name", text)
  element("span", "facts", text)
  return row
}

function show(row, stage, state) {
  const facts = `${stage.layers} ${stage.layers === 1 ? "layer" : "layers"} · ${stage.params} parameters · ${stage.shape}`
  row.dataset.state = state
  row.querySelector(".block").innerHTML = icon(state)
  row.querySelector(".facts").textContent = facts
  const chip = row.querySelector(".chip")
  chip.innerHTML = icon(state)
  const others = state === stage.state && stage.exceptions
  element("span", "word", chip).textContent = others ? `${WORDS[state]}, ${others} not` : WORDS[state]
  const next = WORDS[STATES[(STATES.indexOf(state) + 1) % STATES.length]].toLowerCase()
  row.setAttribute("aria-label", `Stage ${stage.label}, ${facts}. ${WORDS[state]}. Press to make it ${next}.`)
  row.title = `Press to make it ${next}` + (others ? `, its ${others} single layers too` : "")
}

const maps = new WeakMap()

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".map")
  const names = data.stages.map((stage) => stage.name).join()
  let map = maps.get(parentElement)
  if (!map || map.names !== names || !root.firstChild) {
    map = { names, states: {}, stages: {} }
    maps.set(parentElement, map)
    map.rows = build(root, data, (name) => {
      const next = STATES[(STATES.indexOf(map.states[name]) + 1) % STATES.length]
      map.states = { ...map.states, [name]: next }
      show(map.rows.get(name), map.stages[name], next)
      map.send("toggled", map.states)
    })
  }
  map.send = setTriggerValue
  for (const stage of data.stages) {
    map.stages[stage.name] = stage
    map.states[stage.name] = stage.state
    show(map.rows.get(stage.name), stage, stage.state)
  }
  for (const end of ["head", "input"]) {
    root.querySelector(`.${end} .name`).textContent = data[end].name
    root.querySelector(`.${end} .facts`).textContent = data[end].facts
  }
}
