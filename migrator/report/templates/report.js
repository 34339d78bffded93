"use strict";
// The table of WorkSpaces: search, sort, filter, pages. Everything is put in as text, never as markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("rows").textContent);
  const text = (index) => (index === null ? "" : data.texts[index]);
  const stamp = (iso) => (iso === null ? null : Date.parse(iso));

  const rows = data.rows.map((r) => {
    const started = stamp(r[11]);
    const ended = stamp(r[12]);
    const row = {
      outcome: text(r[0]), user: r[1] ?? "", id: r[2], target: r[3] ?? "", from: text(r[4]), to: text(r[5]),
      directory: text(r[6]), reason: text(r[7]), detail: text(r[8]), next: text(r[9]), warnings: r[10].map(text),
      startedAt: r[11], started, minutes: started === null || ended === null ? null : (ended - started) / 60000,
      batch: text(r[13]), computer: r[14] ?? "", newComputer: r[15] ?? "", address: r[16] ?? "", newAddress: r[17] ?? "",
      does: r[18],
    };
    row.found = fold([row.outcome, row.user, row.id, row.target, row.from, row.to, row.directory, row.reason, row.detail,
      row.next, ...row.warnings, row.batch, row.computer, row.newComputer, row.address, row.newAddress].join("\n"));
    return row;
  });

  function fold(words) {
    return words.normalize("NFKC").toLowerCase();
  }

  const rank = ["Lost", "Stuck", "RolledBack", "NeverStarted", "Refused", "Deferred", "Ineligible", "Planned", "Migrated"];
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const words = (a, b) => (a === b ? 0 : a === "" ? 1 : b === "" ? -1 : collator.compare(a, b));
  const columns = [
    { label: "Outcome", key: (r) => rank.indexOf(r.outcome), order: (a, b) => a - b, cell: outcomeCell },
    { label: "User", key: (r) => r.user, order: words, cell: userCell },
    { label: "WorkSpace", key: (r) => r.id, order: words, cell: idCell },
    { label: "Bundle", key: (r) => r.from + "\n" + r.to, order: words, cell: bundleCell },
    { label: "Directory", key: (r) => r.directory, order: words, cell: directoryCell },
    { label: "Why and what next", key: (r) => r.reason, order: words, cell: whyCell },
  ];
  // A dry run has nothing started, but tells what would become of each.
  if (rows.some((r) => r.does)) {
    // Nothing has a batch or a target yet: the directory has room below the id.
    columns.splice(columns.findIndex((column) => column.label === "Directory"), 1);
    // In the order of what would be lost: the oldest snapshot first.
    columns.push({ label: "Drives, GiB", key: (r) => r.does && stamp(r.does[4]), order: numbers, cell: drivesCell });
    if (rows.some((r) => r.does && r.does[5])) {
      columns.push({ label: "USD a month", key: (r) => r.does && dearer(r.does[5]), order: numbers, cell: costCell });
    }
  } else {
    columns.push(
      { label: "Started", key: (r) => r.started, order: numbers, cell: startedCell },
      { label: "Minutes", key: (r) => r.minutes, order: numbers, cell: minutesCell },
    );
  }

  // What is unknown sorts last in either direction, so that a page of dashes never comes first.
  function numbers(a, b) {
    return a - b;
  }
  const unknown = (value) => value === null || value === "";

  const state = { query: "", outcomes: new Set(), column: 0, descending: false, page: 0, size: 50, shown: rows };

  function element(tag, className, content) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (content !== undefined) node.textContent = content;
    return node;
  }
  function cell(label, className, tag = "td") {
    const node = element(tag, className);
    node.dataset.label = label;
    node.setAttribute("role", tag === "th" ? "rowheader" : "cell");
    if (tag === "th") node.scope = "row";
    return node;
  }
  function filled(label, className, first, second, tag) {
    const node = cell(label, first || second ? className : className + " empty", tag);
    const box = element("div");
    if (first) box.append(first);
    if (second) box.append(second);
    if (!first && !second) box.textContent = "–";
    node.append(box);
    return node;
  }
  const line = (tag, className, content) => (content ? element(tag, className, content) : null);
  // Ids and names of ordinary length stay on one line; what is longer than any real one may break.
  const short = (content) => (content.length <= 26 ? "short" : "");
  const code = (content) => line("code", short(content), content);
  function arrowed(content) {
    if (!content) return null;
    const box = element("span", "sub " + short(content));
    box.append("→ ", code(content));
    return box;
  }
  function outcomeCell(r) {
    return filled("Outcome", "", element("span", "badge " + (rank.includes(r.outcome) ? r.outcome : ""), r.outcome));
  }
  function userCell(r) {
    return filled("User", "", line("bdi", "strong", r.user), line("bdi", "sub " + short(r.newComputer || r.computer), r.newComputer || r.computer), "th");
  }
  function idCell(r) {
    return filled("WorkSpace", "", code(r.id), r.does ? line("code", "sub " + short(r.directory), r.directory) : arrowed(r.target));
  }
  function bundleCell(r) {
    return filled("Bundle", "", code(r.from), arrowed(r.to));
  }
  function directoryCell(r) {
    return filled("Directory", "", code(r.directory), line("span", "sub", r.batch));
  }
  function whyCell(r) {
    if (!r.reason && !r.detail && !r.next && !r.warnings.length) return filled("Why", "why");
    const box = element("div");
    if (r.reason) box.append(element("code", "", r.reason));
    if (r.detail) box.append(element("span", "sub", r.detail));
    for (const warning of r.warnings) box.append(element("span", "sub", "Warning: " + warning));
    if (r.next) {
      const next = element("span", "sub");
      next.append(element("strong", "", "Next: "), r.next);
      box.append(next);
    }
    return filled("Why", "why", box);
  }
  function timeOf(iso) {
    const time = element("time", "", iso.slice(0, 10) + " " + iso.slice(11, 16) + "Z");
    time.dateTime = iso;
    return time;
  }
  function startedCell(r) {
    return filled("Started", "", r.startedAt === null ? null : timeOf(r.startedAt));
  }
  const size = (gib) => (gib === null ? "unknown" : String(gib));
  function drive(letter, before, after) {
    const changed = before === after ? size(before) : size(before) + " → " + size(after);
    return element("span", "size short" + (before === after ? " sub" : ""), letter + ": " + changed);
  }
  function drivesCell(r) {
    if (!r.does) return filled("Drives", "");
    const [root, newRoot, user, newUser, snapshot] = r.does;
    const box = element("div");
    const asOf = element("span", "sub", snapshot === null ? "" : "D as of ");
    asOf.append(snapshot === null ? element("strong", "", "D has no snapshot") : timeOf(snapshot));
    box.append(drive("C", root, newRoot), drive("D", user, newUser), asOf);
    return filled("Drives", "", box);
  }
  function minutesCell(r) {
    return filled("Minutes", "n", r.minutes === null ? null : element("span", "", r.minutes.toFixed(1)));
  }

  // A cost is [fee, new fee, old share of the month, new share, rate an hour, new rate, GiB without a
  // price, and then], or [why it is unknown].
  const dollars = (amount) => amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const dearer = (cost) => (cost === null || cost.length === 1 ? null : cost[1] - cost[0]);
  function costCell(r) {
    const cost = r.does && r.does[5];
    if (!cost) return filled("USD a month", "");
    if (cost.length === 1) return filled("USD a month", "", element("span", "", "unknown"), element("span", "sub", text(cost[0])));
    const [fee, newFee, before, after, rate, newRate, gib, newGib] = cost;
    const box = element("span", "size short", fee === newFee ? dollars(fee) : dollars(fee) + " → " + dollars(newFee));
    const more = element("span", "sub");
    const also = (words) => more.append(element("span", "sub short", words));
    if (rate !== null) also("+ " + dollars(rate) + (rate === newRate ? "" : " → " + dollars(newRate)) + " an hour");
    also("this month " + dollars(before) + " + " + dollars(after));
    if (gib || newGib) also("without " + gib + " → " + newGib + " GiB");
    return filled("USD a month", "", box, more);
  }

  function select() {
    const wanted = fold(state.query.trim()).split(/\s+/).filter(Boolean);
    const chosen = state.outcomes;
    const { key, order } = columns[state.column];
    const sign = state.descending ? -1 : 1;
    state.shown = rows
      .filter((r) => (!chosen.size || chosen.has(r.outcome)) && wanted.every((word) => r.found.includes(word)))
      .map((r) => [key(r), r])
      .sort(([a], [b]) => (unknown(a) || unknown(b) ? unknown(a) - unknown(b) : sign * order(a, b)))
      .map(([, r]) => r);
    state.page = 0;
    draw();
  }

  const count = (n) => n.toLocaleString("en");
  function draw() {
    const pages = Math.max(1, Math.ceil(state.shown.length / state.size));
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const from = state.page * state.size;
    const part = state.shown.slice(from, from + state.size);
    const body = document.createDocumentFragment();
    for (const r of part) {
      const row = element("tr");
      row.setAttribute("role", "row");
      for (const column of columns) row.append(column.cell(r));
      body.append(row);
    }
    byId("body").replaceChildren(body);
    byId("tally").textContent = state.shown.length
      ? `${count(state.shown.length)} of ${count(rows.length)} WorkSpaces`
      : "No WorkSpace matches.";
    byId("page").textContent = part.length
      ? `${count(from + 1)} to ${count(from + part.length)}, page ${count(state.page + 1)} of ${count(pages)}`
      : "Nothing to show";
    byId("reset").hidden = !state.query && !state.outcomes.size;
    // aria-disabled keeps the keyboard's place, which disabled would throw away.
    for (const id of ["first", "previous"]) byId(id).setAttribute("aria-disabled", String(state.page === 0));
    for (const id of ["next", "last"]) byId(id).setAttribute("aria-disabled", String(state.page >= pages - 1));
  }

  function sortBy(column, descending) {
    state.column = column;
    state.descending = descending;
    [...byId("heads").children].forEach((head, index) => {
      if (index === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    byId("sort").value = column + (descending ? "d" : "a");
    select();
  }

  columns.forEach((column, index) => {
    const head = element("th", column.label === "Minutes" ? "n" : "");
    head.scope = "col";
    head.setAttribute("role", "columnheader");
    const button = element("button", "", column.label);
    button.type = "button";
    button.addEventListener("click", () => sortBy(index, state.column === index && !state.descending));
    head.append(button);
    byId("heads").append(head);
    for (const [suffix, name] of [["a", "ascending"], ["d", "descending"]]) {
      const option = element("option", "", `${column.label}, ${name}`);
      option.value = index + suffix;
      byId("sort").append(option);
    }
  });
  byId("sort").addEventListener("change", (event) => {
    sortBy(Number.parseInt(event.target.value, 10), event.target.value.endsWith("d"));
  });

  const boxes = new Map();
  for (const outcome of rank) {
    const total = rows.filter((r) => r.outcome === outcome).length;
    if (!total) continue;
    const label = element("label", outcome);
    const box = element("input");
    box.type = "checkbox";
    box.value = outcome;
    box.addEventListener("change", () => {
      if (box.checked) state.outcomes.add(outcome);
      else state.outcomes.delete(outcome);
      select();
    });
    boxes.set(outcome, box);
    label.append(box, element("span", "badge " + outcome, outcome), element("span", "quantity", count(total)));
    byId("outcomes").append(label);
  }

  byId("search").addEventListener("input", (event) => {
    state.query = event.target.value;
    select();
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  function restrict(outcomes, query) {
    state.outcomes = new Set(outcomes);
    for (const [outcome, box] of boxes) box.checked = state.outcomes.has(outcome);
    byId("search").value = state.query = query;
    select();
  }
  byId("reset").addEventListener("click", () => {
    restrict([], "");
    byId("search").focus();
  });
  for (const link of document.querySelectorAll("a[data-outcome]")) {
    link.addEventListener("click", () => restrict([link.dataset.outcome], link.dataset.reason ?? ""));
  }

  const turn = (id, to) => byId(id).addEventListener("click", () => {
    state.page = to();
    draw();
  });
  turn("first", () => 0);
  turn("previous", () => state.page - 1);
  turn("next", () => state.page + 1);
  turn("last", () => Number.MAX_SAFE_INTEGER);
  byId("size").addEventListener("change", (event) => {
    state.size = Number(event.target.value);
    state.page = 0;
    draw();
  });

  byId("no-table").hidden = true;
  byId("table").hidden = false;
  sortBy(0, false);
})();
