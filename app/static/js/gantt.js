// The Gantt chart. The server has computed every date; this file draws them and turns what people
// drag or type into a question to the server, whose answer stands in the dock under the chart.
// Nothing moves before somebody applies the answer, so a dropped bar goes back to its place.
(() => {
  'use strict';
  const place = document.getElementById('gantt');
  if (!place || !window.gantt) return;
  const gantt = window.gantt;
  const { dataset: told } = document.currentScript;
  const data = JSON.parse(document.getElementById('gantt-data').textContent);
  const words = JSON.parse(document.getElementById('gantt-words').textContent);
  const card = place.closest('.yg-card');
  const tools = document.querySelector('.yg-tools');
  const chosen = document.getElementById('gantt-chosen');
  const dock = document.getElementById('what-if');
  const items = new Map(data.items.map((item) => [item.key, item]));
  const KINDS = ['FS', 'SS', 'FF', 'SF'];
  const WIDE = window.matchMedia('(min-width: 821px)');

  // The chart library writes HTML: every text of a person passes here first.
  const safe = (text) => String(text ?? '').replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

  // Days. A date is the local midnight at which it begins; lengths are counted by the calendar.
  const parse = (text) => { const [y, m, d] = text.split('-').map(Number); return new Date(y, m - 1, d); };
  const plus = (day, count) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + count);
  const two = (number) => String(number).padStart(2, '0');
  const iso = (day) => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  const apart = (from, to) => Math.round((to - from) / 864e5);
  const [first, last, today] = [data.first, data.last, data.today].map(parse);
  const off = new Map();
  data.rests.forEach(([from, length]) => {
    for (let n = 0; n < length; n += 1) off.set(iso(plus(parse(from), n)), true);
  });
  const toldUntil = plus(last, 366);
  const isWork = (day) => (day >= first && day <= toldUntil ? !off.has(iso(day)) : day.getDay() % 6 !== 0);
  const workdays = (from, to) => {
    let count = 0;
    for (let day = from; day <= to; day = plus(day, 1)) count += isWork(day) ? 1 : 0;
    return count;
  };
  const firstWork = (day) => { let d = day; while (!isWork(d)) d = plus(d, 1); return d; };
  const finishAfter = (start, count) => {
    let day = firstWork(start);
    for (let n = 1; n < count; n += 1) day = firstWork(plus(day, 1));
    return day;
  };
  const short = (day) => (told.lang === 'zh' ? `${two(day.getMonth() + 1)}-${two(day.getDate())}`
    : `${day.getDate()} ${words.months.split(' ')[day.getMonth()]}`);
  const lengthText = (from, to) => words.workdays.replace('{n}', workdays(from, to));

  // Scales: two lines each, the lower one in steps of `width` pixels at least.
  const monthName = (day) => {
    const name = told.lang === 'zh' ? `${day.getMonth() + 1}月` : words.months.split(' ')[day.getMonth()];
    const isEstimated = data.estimated.includes(iso(day).slice(0, 7));
    return isEstimated ? `${safe(name)} <span class="yg-estimated">${safe(words.estimated)}</span>` : safe(name);
  };
  const line = (unit, format) => ({ unit, step: 1, format });
  const ZOOMS = {
    day: { width: 26, lines: [line('month', monthName), line('day', (day) => day.getDate())] },
    week: { width: 27, lines: [line('month', monthName), line('week', (day) => gantt.date.getISOWeek(day))] },
    month: { width: 64, lines: [line('year', (day) => day.getFullYear()), line('month', monthName)] },
  };
  const names = Object.keys(ZOOMS);
  const memory = `yingbin:gantt:${told.plan}`;
  let zoom = sessionStorage.getItem(memory) in ZOOMS ? sessionStorage.getItem(memory) : 'week';
  let ghost = null;

  const setUp = () => {
    gantt.plugins({ keyboard_navigation: true });
    gantt.i18n.setLocale(told.lang === 'zh' ? 'cn' : 'en');
    Object.assign(gantt.config, {
      duration_unit: 'day', work_time: false, row_height: 30, bar_height: 12, scale_height: 44,
      start_date: first, end_date: plus(last, 1), show_task_cells: false, smart_rendering: true,
      round_dnd_dates: false, time_step: 1440, min_duration: 864e5, drag_progress: false,
      drag_move: data.may_link, drag_resize: data.may_link, drag_links: data.may_link,
      keyboard_navigation: true, keyboard_navigation_cells: false, details_on_dblclick: false,
      details_on_create: false, show_errors: false, show_tasks_outside_timescale: true,
      link_line_width: 1, link_arrow_size: 6, link_radius: 3, grid_elastic_columns: false,
      scroll_size: 12, readonly: !data.items.some((item) => item.may_edit) && !data.may_link,
    });
    setColumns();
    Object.assign(gantt.templates, {
      task_text: () => '',
      task_class: (_from, _to, task) => classes(items.get(task.id)),
      grid_row_class: (_from, _to, task) => `is-${items.get(task.id).kind}`,
      task_row_class: (_from, _to, task) => `is-${items.get(task.id).kind}`,
      link_class: (link) => (link.critical ? 'is-critical' : ''),
      grid_folder: () => '', grid_file: () => '', grid_blank: () => '<span class="gantt_tree_icon yg-blank"></span>',
      grid_indent: () => '<span class="gantt_tree_indent"></span>',
    });
    setZoom();
  };

  const classes = (item) => [
    `is-${item.kind}`, item.critical && 'is-critical', item.is_done && 'is-done', !item.may_edit && 'is-fast',
  ].filter(Boolean).join(' ');

  const setColumns = () => {
    const text = (name) => (task) => safe(items.get(task.id)[name]);
    const all = [
      { name: 'text', label: safe(words.task), tree: true, width: 228, template: (task) => {
        const item = items.get(task.id);
        return `<span class="yg-n">${safe(item.number)}</span><span class="yg-title" title="${safe(item.title)}">${safe(item.title)}</span>`;
      } },
      { name: 'owner', label: safe(words.owner), width: 72, template: text('owner') },
      { name: 'baseline', label: safe(words.baseline), width: 84, template: text('baseline_text'), isWide: true },
      { name: 'expected', label: safe(words.expected), width: 84, template: (task) => {
        const item = items.get(task.id);
        return item.late_text ? `<b>${safe(item.expected_text)}</b>` : safe(item.expected_text);
      } },
      { name: 'late', label: safe(words.late), width: 52, template: (task) => `<b>${safe(items.get(task.id).late_text)}</b>`, isWide: true },
      { name: 'float', label: safe(words.float), width: 52, template: text('float_text') },
      { name: 'light', label: `<span class="visually-hidden">${safe(words.health)}</span>`, width: 64, template: (task) =>
        document.getElementById(`gantt-light-${items.get(task.id).light}`)?.innerHTML ?? '', isWide: true },
    ];
    const columns = all.filter((column) => !column.isWide || window.innerWidth >= 1180);
    gantt.config.columns = columns;
    gantt.config.grid_width = columns.reduce((sum, column) => sum + column.width, 0);
  };

  const setZoom = () => {
    gantt.config.scales = ZOOMS[zoom].lines;
    gantt.config.min_column_width = ZOOMS[zoom].width;
    document.querySelectorAll('[data-zoom]').forEach((button) => {
      button.setAttribute('aria-pressed', String(button.dataset.zoom === zoom));
    });
  };
  const zoomTo = (name) => {
    if (!ZOOMS[name] || name === zoom) return;
    zoom = name;
    sessionStorage.setItem(memory, zoom);
    setZoom();
    gantt.render();
    toToday();
  };
  const toToday = () => {
    const state = gantt.getScrollState();
    gantt.scrollTo(Math.max(0, gantt.posFromDate(today) - state.inner_width / 3), null);
  };

  // What the free edition does not draw: days off, weeks, baselines, today, and where a bar would go.
  const under = svg('yg-under');
  const over = svg('yg-over');
  function svg(name) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    made.setAttribute('class', name);
    made.setAttribute('aria-hidden', 'true');
    return made;
  }
  const rect = (name, left, top, width, height, round = 0) =>
    `<rect class="${name}" x="${left}" y="${top}" width="${Math.max(0, width)}" height="${height}"${round ? ` rx="${round}"` : ''}/>`;
  const at = (day) => Math.round(gantt.posFromDate(day) * 10) / 10;
  const drawOver = () => {
    if (!gantt.$task_data) return;
    const range = { from: gantt.getState().min_date, to: gantt.getState().max_date };
    const width = at(range.to);
    const shown = [];
    gantt.eachTask((task) => { if (gantt.isTaskVisible(task.id)) shown.push(task.id); });
    const height = Math.max(shown.length * 30, gantt.$task_data.parentElement.clientHeight - 44);
    const parts = [];
    data.rests.forEach(([from, length, isHoliday]) => {
      const day = parse(from);
      if (day < range.to && (isHoliday || zoom !== 'month')) {
        const left = at(day);
        parts.push(rect(isHoliday ? 'g-holiday' : 'g-weekend', left, 0, at(plus(day, length)) - left, height));
      }
    });
    const lines = [];
    if (zoom === 'month') {
      for (let day = new Date(range.from.getFullYear(), range.from.getMonth() + 1, 1); day < range.to;
        day = new Date(day.getFullYear(), day.getMonth() + 1, 1)) lines.push(`M${at(day)} 0V${height}`);
    } else for (let day = first; day < range.to; day = plus(day, 7)) lines.push(`M${at(day)} 0V${height}`);
    parts.push(`<path class="yg-weeks" d="${lines.join('')}"/>`);
    shown.forEach((key) => {
      const { baseline, kind } = items.get(key);
      if (!baseline || kind === 'milestone') return;
      const left = at(parse(baseline[0]));
      parts.push(rect('yg-baseline', left, gantt.getTaskTop(key) + (kind === 'task' ? 20 : 23), at(parse(baseline[1])) - left, 4, 2));
    });
    under.innerHTML = parts.join('');
    const now = (at(today) + at(plus(today, 1))) / 2;
    const isNow = today >= range.from && today < range.to;
    over.innerHTML = (isNow ? `<path class="yg-now" d="M${now} 0V${height}"/>` : '')
      + (ghost && shown.includes(ghost.key) ? rect('yg-ghost', at(ghost.start), gantt.getTaskTop(ghost.key) + 6.5,
        at(plus(ghost.finish, 1)) - at(ghost.start), 17, 3) : '');
    [under, over].forEach((layer) => { layer.setAttribute('width', width); layer.setAttribute('height', height); });
    if (under.parentElement !== gantt.$task_data) gantt.$task_data.prepend(under);
    if (over.parentElement !== gantt.$task_data) gantt.$task_data.append(over);
    gantt.$task_scale.querySelector('.yg-today')?.remove();
    if (isNow) {
      const label = document.createElement('span');
      label.className = 'yg-today';
      label.textContent = words.today;
      label.style.left = `${now}px`;
      gantt.$task_scale.append(label);
    }
  };
  // Few rows stand in the page, many in a window of their own.
  const fit = () => {
    const rows = gantt.getVisibleTaskCount();
    const whole = rows * 30 + 46 + (place.querySelector('.gantt_hor_scroll') ? 12 : 0);
    place.style.height = `${rows <= 40 ? whole : Math.max(360, window.innerHeight - 240)}px`;
  };

  // The dock: the answer, the small form, or a sentence.
  let asked = 0;
  const show = (content) => {
    dock.replaceChildren(...content);
    dock.hidden = false;
    window.htmx?.process(dock);
    dock.scrollIntoView({ block: 'nearest' });
  };
  const drop = () => {
    asked += 1;
    const wasIn = dock.contains(document.activeElement);
    dock.hidden = true;
    dock.replaceChildren();
    ghost = null;
    drawOver();
    if (wasIn) gantt.focus();
  };
  const say = (sentence) => {
    const note = document.getElementById('gantt-said').content.cloneNode(true);
    note.querySelector('[data-sentence]').textContent = sentence;
    show(note.childNodes);
  };
  const post = async (url, fields) => {
    asked += 1;
    const mine = asked;
    let answer;
    let text;
    try {
      answer = await fetch(url, {
        method: 'POST', credentials: 'same-origin', redirect: 'manual', body: new URLSearchParams(fields),
        headers: { 'HX-Request': 'true', 'X-CSRFToken': document.querySelector('meta[name="csrf-token"]').content },
      });
      text = await answer.text();
    } catch {
      say(words.lost);
      return;
    }
    if (mine !== asked) return;
    const next = answer.headers.get('HX-Redirect');
    if (next) window.location.assign(next);
    else if (answer.type === 'opaqueredirect') window.location.reload();
    else if (answer.headers.get('Content-Type')?.startsWith('text/plain')) {
      // One sentence. Where something was written, the chart is drawn anew and says it then.
      if (answer.ok) {
        sessionStorage.setItem(`${memory}:said`, text);
        window.location.reload();
      } else say(text);
    } else {
      const page = new DOMParser().parseFromString(text, 'text/html');
      // A whole page instead of a part is a refusal: its sentence is what people need.
      const main = page.querySelector('main');
      if (main) say(main.querySelector('[data-sentence], p:not(.yb-meta), h1')?.textContent.trim() || words.lost);
      else if (!text.trim()) say(words.lost);
      else {
        show(page.body.childNodes);
        dock.focus({ preventScroll: true });
      }
    }
  };
  const whatIf = (change) => {
    const item = items.get(change.key);
    ghost = { key: change.key, start: parse(change.start ?? item.start), finish: parse(change.finish ?? item.finish) };
    drawOver();
    return post(told.whatIf, { changes: JSON.stringify([change]) });
  };
  const link = (before, after, kind) => post(told.links, { before, after, kind, lag_workdays: '0' });

  // The same by hand: two dates and a length.
  const edit = (key) => {
    const item = items.get(key);
    if (!item?.may_edit) return;
    asked += 1;
    const made = document.getElementById('gantt-edit').content.cloneNode(true);
    const form = made.querySelector('form');
    const { start, finish, workdays: length } = form.elements;
    form.querySelector('[data-title]').textContent = `${item.number} ${item.title}`;
    start.value = item.start;
    finish.value = item.finish;
    length.value = workdays(parse(item.start), parse(item.finish));
    if (item.kind === 'milestone') [start, length].forEach((field) => { field.closest('label').hidden = true; });
    const refuse = (sentence) => {
      const wrong = form.querySelector('[data-wrong]');
      wrong.hidden = !sentence;
      wrong.textContent = sentence;
      return Boolean(sentence);
    };
    const lengthOf = () => Math.min(2000, Math.max(1, Math.round(Number(length.value)) || 1));
    form.addEventListener('input', ({ target }) => {
      refuse('');
      if (!start.value || (target !== finish && !length.value)) return;
      if (target === finish) {
        if (finish.value >= start.value) length.value = workdays(parse(start.value), parse(finish.value));
      } else finish.value = iso(finishAfter(parse(start.value), lengthOf()));
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (item.kind === 'milestone') start.value = finish.value;
      if (refuse(!start.value || !finish.value ? words.fill : '')) return;
      if (refuse(finish.value < start.value ? words.finish_first : '')) return;
      const change = { key };
      if (start.value !== item.start) change.start = start.value;
      if (finish.value !== item.finish) change.finish = finish.value;
      if (change.start || change.finish) whatIf(change);
      else drop();
    });
    show(made.childNodes);
    (item.kind === 'milestone' ? finish : start).focus();
  };

  // What is chosen, said in words, with what can be done with it.
  const choose = (key) => {
    const item = items.get(key);
    const name = document.createElement('p');
    name.className = 'yg-chosen-name';
    const strong = document.createElement('b');
    strong.textContent = `${item.number} ${item.title}`;
    const dates = `${short(parse(item.start))} – ${short(parse(item.finish))}`;
    const meta = document.createElement('span');
    meta.className = 'yb-meta';
    meta.textContent = [dates, lengthText(parse(item.start), parse(item.finish)),
      item.float_text && `${words.float} ${item.float_text}`].filter(Boolean).join(' · ');
    name.append(strong, meta);
    const acts = document.createElement('div');
    acts.className = 'yg-chosen-acts';
    if (item.may_edit) {
      const button = Object.assign(document.createElement('button'), {
        type: 'button', className: 'yb-btn is-small', textContent: words.edit,
      });
      button.dataset.edit = key;
      acts.append(button);
    }
    acts.append(Object.assign(document.createElement('a'), { href: item.url, className: 'yb-link', textContent: words.open }));
    chosen.replaceChildren(name, acts);
  };

  const tip = Object.assign(document.createElement('div'), { className: 'yg-tip', hidden: true });
  const listen = () => {
    const on = (name, act) => gantt.attachEvent(name, act);
    on('onBeforeTaskDrag', (key, mode) => items.get(key).may_edit && ['move', 'resize'].includes(mode));
    on('onTaskDrag', (key, _mode, task, _original, event) => {
      const to = items.get(key).kind === 'milestone' ? task.start_date : task.end_date;
      const [start, finish] = [plus(task.start_date, 0), plus(new Date(to - 1), 0)];
      tip.textContent = items.get(key).kind === 'milestone' ? short(finish)
        : `${short(start)} – ${short(finish)} · ${lengthText(start, finish)}`;
      Object.assign(tip.style, { left: `${event.clientX + 12}px`, top: `${event.clientY + 16}px` });
      tip.hidden = false;
    });
    on('onBeforeTaskChanged', (key, mode, before) => {
      tip.hidden = true;
      const task = gantt.getTask(key);
      const moved = apart(before.start_date, task.start_date);
      const grown = apart(before.end_date, task.end_date);
      window.setTimeout(() => dropped(key, mode, moved, grown));
      return false;
    });
    on('onBeforeLinkAdd', (_id, made) => {
      window.setTimeout(() => link(made.source, made.target, KINDS[Number(made.type)]));
      return false;
    });
    // Nothing else of the library may write: its own form, its deletions, its questions.
    ['onBeforeLightbox', 'onBeforeTaskDelete', 'onBeforeLinkDelete', 'onLinkDblClick', 'onBeforeRowDragEnd']
      .forEach((name) => on(name, () => false));
    on('onTaskSelected', choose);
    on('onTaskDblClick', (key) => { if (key) edit(key); return false; });
    on('onGanttRender', drawOver);
    on('onDataRender', drawOver);
    on('onTaskOpened', refit);
    on('onTaskClosed', refit);
    on('onAfterTaskDrag', () => { tip.hidden = true; });
    gantt.addShortcut('enter', () => edit(gantt.getSelectedId() ?? rowInFocus()), 'taskRow');
    ['delete', 'ctrl+enter', 'ctrl+z', 'ctrl+r', 'ctrl+c', 'ctrl+v'].forEach((keys) => gantt.removeShortcut(keys, 'taskRow'));
    place.addEventListener('focusin', () => { const key = rowInFocus(); if (key && key !== gantt.getSelectedId()) gantt.selectTask(key); });
  };
  const rowInFocus = () => document.activeElement?.closest?.('[data-task-id]')?.dataset.taskId;
  const dropped = (key, mode, moved, grown) => {
    const item = items.get(key);
    const [start, finish] = [parse(item.start), parse(item.finish)];
    if (mode === 'move' && moved) {
      // A moved bar keeps its length in working days.
      const from = item.kind === 'milestone' ? plus(finish, moved) : firstWork(plus(start, moved));
      const to = item.kind === 'milestone' ? from : finishAfter(from, Math.max(1, workdays(start, finish)));
      whatIf({ key, start: iso(from), finish: iso(to) });
    } else if (mode === 'resize' && moved) whatIf({ key, start: iso(plus(start, moved)) });
    else if (mode === 'resize' && grown) whatIf({ key, finish: iso(plus(finish, grown)) });
  };
  const refit = () => { fit(); gantt.setSizes(); };

  document.addEventListener('click', ({ target }) => {
    const button = target.closest?.('[data-zoom], [data-fold], [data-to-today], [data-edit], [data-what-if-drop]');
    if (!button) return;
    if (button.dataset.zoom) zoomTo(button.dataset.zoom);
    else if (button.dataset.edit) edit(button.dataset.edit);
    else if ('toToday' in button.dataset) toToday();
    else if ('whatIfDrop' in button.dataset) drop();
    else {
      gantt.batchUpdate(() => data.items.forEach(({ key, kind }) => { if (kind === 'task') gantt[button.dataset.fold](key); }));
      refit();
    }
  });
  card?.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !dock.hidden) drop();
    const step = (event.ctrlKey || event.metaKey) && { '+': -1, '=': -1, '-': 1 }[event.key];
    if (step) {
      event.preventDefault();
      zoomTo(names[names.indexOf(zoom) + step]);
    }
  });

  let isDrawn = false;
  const draw = () => {
    if (isDrawn || !WIDE.matches) return;
    isDrawn = true;
    [card, tools].forEach((part) => { part.hidden = false; });
    document.body.append(tip);
    setUp();
    listen();
    place.style.height = '400px';
    gantt.init(place);
    gantt.parse({
      data: data.items.map((item) => ({
        id: item.key, text: safe(item.title), parent: item.parent ?? 0, progress: item.percent / 100,
        type: item.kind === 'milestone' ? 'milestone' : 'task', open: !item.is_done, readonly: !item.may_edit,
        start_date: parse(item.kind === 'milestone' ? item.end : item.start), end_date: parse(item.end),
        bar_height: { task: 6, milestone: 14 }[item.kind] ?? 12,
      })),
      links: data.links.map((row) => ({
        id: row.id, source: row.before, target: row.after, type: String(KINDS.indexOf(row.kind)), critical: row.critical,
      })),
    });
    refit();
    toToday();
    performance.mark('gantt-drawn');
  };
  WIDE.addEventListener('change', draw);
  draw();
})();
