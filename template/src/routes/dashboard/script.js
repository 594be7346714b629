// The dashboard of tasks. Whatever comes from the ledger becomes text, never markup.
"use strict";

const REFRESH_MS = 3000;
const PAGE_SIZE = 20;
const MAX_SAMPLES = 200;
const RETRYABLE = ["failed", "revoked", "expired"];
const REVOCABLE = ["queued", "retrying", "running"];

const byId = (id) => document.getElementById(id);
const csrfToken = document.querySelector("meta[name=csrf-token]").content;
const filter = byId("filter");
const dialog = byId("details");

let offset = 0;
let readOnly = false;
let shown = null;
const samples = [];

// Relative to the page, so that it is found behind any proxy.
async function ask(path, options = {}) {
  const response = await fetch(`tasks/api/${path}`, { cache: "no-store", ...options });
  if (response.ok) {
    return response.status === 200 ? response.json() : null;
  }
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail || `the service answered ${response.status}`);
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text ?? "";
  if (className) {
    made.className = className;
  }
  return made;
}

function row(cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}

function cell(label, text, className = "") {
  const made = element("td", text, text ? className : `${className} empty`);
  made.dataset.label = label;
  return made;
}

function rowHeading(content) {
  const made = document.createElement("th");
  made.scope = "row";
  made.append(content);
  return made;
}

function time(text) {
  return text ? new Date(text).toLocaleString() : "";
}

function duration(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

function showStates(states) {
  const list = byId("states");
  if (!list.children.length) {
    for (const { state } of states) {
      const button = element("button");
      button.type = "button";
      button.dataset.state = state;
      button.append(element("strong"), element("span", state, `state ${state}`));
      button.addEventListener("click", () => choose(filter.state.value === state ? "" : state));
      const item = element("li");
      item.append(button);
      list.append(item);
      filter.state.append(new Option(state, state));
    }
  }
  for (const { state, count } of states) {
    const button = list.querySelector(`[data-state="${state}"]`);
    button.firstChild.textContent = count.toLocaleString();
    button.setAttribute("aria-pressed", String(filter.state.value === state));
  }
}

function showQueues(queues) {
  byId("queues").replaceChildren(...queues.map((queue) => row([
    rowHeading(queue.name),
    element("td", queue.due.toLocaleString(), "number"),
    element("td", queue.due ? duration(queue.oldestAgeMs) : "–", "number"),
  ])));
  byId("queue-names").replaceChildren(...queues.map((queue) => new Option(queue.name)));
}

function showDepth(queues) {
  samples.push({ at: Date.now(), due: queues.reduce((sum, queue) => sum + queue.due, 0) });
  samples.splice(0, samples.length - MAX_SAMPLES);
  const first = samples[0].at;
  const span = Math.max(samples.at(-1).at - first, 1);
  const most = Math.max(...samples.map((sample) => sample.due));
  const points = samples.map(({ at, due }) => {
    const x = samples.length > 1 ? (400 * (at - first)) / span : 400;
    return `${x.toFixed(1)} ${(118 - (112 * due) / Math.max(most, 1)).toFixed(1)}`;
  });
  const line = `M${samples.length > 1 ? "" : `0 ${points[0].split(" ")[1]} L`}${points.join(" L")}`;
  const svg = byId("depth");
  svg.querySelector(".line").setAttribute("d", line);
  svg.querySelector(".area").setAttribute("d", `${line} L400 120 L0 120 Z`);
  byId("depth-text").textContent = `Now ${samples.at(-1).due.toLocaleString()}, at most `
    + `${most.toLocaleString()} in the last ${duration(span)}. Drawn while this page is open.`;
}

function showProcesses(processes) {
  byId("nobody").hidden = processes.length > 0;
  byId("processes").replaceChildren(...processes.map((process) => {
    const health = process.alive ? "alive" : "silent";
    return row([
      rowHeading(process.role),
      cell("Health", health, `state ${health}`),
      cell("Host", process.host),
      cell("Queues", process.queues.split(",").join(", ")),
      cell("At once", process.concurrency ? String(process.concurrency) : "", "number"),
      cell("Last heard", time(process.heartbeatAt)),
      cell("Since", time(process.startedAt)),
    ]);
  }));
}

function showTasks(page) {
  // The focus stays on the task that it was on.
  const focused = document.activeElement?.dataset?.id;
  byId("list").replaceChildren(...page.objects.map((task) => {
    const open = element("button", task.name, "link");
    open.type = "button";
    open.dataset.id = task.id;
    open.title = task.id;
    open.addEventListener("click", () => openDetails(task.id));
    const error = cell("Error", task.error, "error");
    error.title = task.error ?? "";
    return row([
      rowHeading(open),
      cell("State", describe(task), `state ${task.state}`),
      cell("Queue", task.queue),
      cell("Attempts", `${task.attempts} of ${task.maxAttempts}`, "number"),
      cell("Enqueued", time(task.createdAt)),
      error,
    ]);
  }));
  if (focused) {
    byId("list").querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  }
  byId("empty").hidden = page.objects.length > 0;
  byId("previous").disabled = offset === 0;
  byId("next").disabled = !page.next;
  byId("page").textContent = page.objects.length
    ? `${offset + 1} to ${offset + page.objects.length}` : "";
}

function describe(task) {
  return task.state === "running" && task.progress
    ? `running, ${task.progress.percent} %` : task.state;
}

function tasksQuery() {
  const query = new URLSearchParams({ limit: PAGE_SIZE, offset });
  for (const name of ["state", "name", "queue"]) {
    const value = filter[name].value.trim();
    if (value) {
      query.set(name, value);
    }
  }
  return query;
}

let round = 0;

async function refresh() {
  round += 1;
  const mine = round;
  try {
    const [overview, page] = await Promise.all([ask("overview"), ask(`tasks?${tasksQuery()}`)]);
    // An answer that was overtaken by the next is of no use.
    if (mine !== round) return;
    readOnly = overview.readOnly;
    byId("read-only").hidden = !readOnly;
    showStates(overview.states);
    showQueues(overview.queues);
    showDepth(overview.queues);
    showProcesses(overview.processes);
    showTasks(page);
    byId("as-of").textContent = `As of ${new Date().toLocaleTimeString()}`;
    say("");
  } catch (error) {
    say(`Out of date: ${error.message}`);
  }
}

// Screen readers speak what changes here, so it changes only when there is something to say.
function say(problem) {
  const status = byId("status");
  if (status.textContent !== problem) status.textContent = problem;
}

function choose(state) {
  filter.state.value = state;
  offset = 0;
  refresh();
}

function showDetails(task) {
  shown = task;
  const json = (value) => element("pre", JSON.stringify(value, null, 2));
  const progress = task.progress
    && `${task.progress.percent} % ${task.progress.message ?? ""}`.trim();
  const fields = [
    ["Id", task.id], ["State", element("span", task.state, `state ${task.state}`)],
    ["Queue", task.queue], ["Priority", String(task.priority)],
    ["Attempts", `${task.attempts} of ${task.maxAttempts}`],
    ["Lost leases", task.lostLeases ? String(task.lostLeases) : ""],
    ["Progress", progress], ["Error", task.error], ["Arguments", json(task.args)],
    ["Result", task.state === "succeeded" ? json(task.result) : ""],
    ["Enqueued", time(task.createdAt)], ["Due", time(task.runAt)],
    ["Started", time(task.startedAt)], ["Ended", time(task.finishedAt)],
    ["Expires", time(task.expiresAt)], ["Request", task.requestId], ["Parent", link(task.parentId)],
    ["Flow", link(task.flowId)],
  ];
  byId("details-heading").textContent = task.name;
  byId("fields").replaceChildren(...fields.filter(([, value]) => value).flatMap(([name, value]) => {
    const description = document.createElement("dd");
    description.append(value);
    return [element("dt", name), description];
  }));
  byId("retry").hidden = readOnly || !RETRYABLE.includes(task.state);
  byId("revoke").hidden = readOnly || !REVOCABLE.includes(task.state);
}

function link(id) {
  if (!id) return null;
  const open = element("button", id, "link");
  open.type = "button";
  open.addEventListener("click", () => openDetails(id));
  return open;
}

async function openDetails(id) {
  byId("outcome").textContent = "";
  shown = null;
  byId("details-heading").textContent = id;
  byId("fields").replaceChildren();
  byId("retry").hidden = true;
  byId("revoke").hidden = true;
  try {
    showDetails(await ask(`tasks/${encodeURIComponent(id)}`));
  } catch (error) {
    byId("outcome").textContent = error.message;
  }
  if (!dialog.open) {
    dialog.showModal();
  }
}

async function act(action, done) {
  const outcome = byId("outcome");
  try {
    const path = `tasks/${encodeURIComponent(shown.id)}`;
    await ask(`${path}/${action}`, { method: "POST", headers: { "X-CSRF-Token": csrfToken } });
    showDetails(await ask(path));
    outcome.textContent = done;
  } catch (error) {
    outcome.textContent = error.message;
  }
  byId("close").focus();
  refresh();
}

filter.addEventListener("submit", (event) => {
  event.preventDefault();
  offset = 0;
  refresh();
});
filter.addEventListener("reset", () => setTimeout(() => choose("")));
filter.state.addEventListener("change", () => choose(filter.state.value));
byId("previous").addEventListener("click", () => {
  offset = Math.max(offset - PAGE_SIZE, 0);
  refresh();
});
byId("next").addEventListener("click", () => {
  offset += PAGE_SIZE;
  refresh();
});
byId("close").addEventListener("click", () => dialog.close());
byId("retry").addEventListener("click", () => act("retry", "Queued again."));
byId("revoke").addEventListener("click", () => act("revoke", "Revoked."));

refresh();
setInterval(() => document.hidden || refresh(), REFRESH_MS);
