// The Gantt chart. The server has computed every date; this file draws them and turns what people
// drag or type into a question to the server, whose answer stands in the dock under the chart.
// Nothing moves before somebody applies the answer, so a dropped bar goes back to its place.
import { apart, calendar, iso, parse, plus, two } from './gantt-days.js';
import { makeDock } from './gantt-dock.js';

const words = JSON.parse(document.getElementById('gantt-words')?.textContent ?? '{}');

const start = (place, gantt, data) => {
  const { dataset: told } = place;
  const card = place.closest('.yg-card');
  const tools = document.querySelector('.yg-tools');
  const chosen = document.getElementById('gantt-chosen');
  const panel = document.getElementById('what-if');
  const items = new Map(data.items.map((item) => [item.key, item]));
  const KINDS = ['FS', 'SS', 'FF', 'SF'];
  const WIDE = window.matchMedia('(min-width: 821px)');

  // The chart library writes HTML: every text of a person passes here first.
  const safe = (text) => String(text ?? '').replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

  const [first, last, today] = [data.first, data.last, data.today].map(parse);
  const days = calendar(data.rests, first, plus(last, 366));
  const isZh = told.lang === 'zh';
  const short = (day) => (isZh ? `${two(day.getMonth() + 1)}-${two(day.getDate())}`
    : `${day.getDate()} ${words.months.split(' ')[day.getMonth()]}`);
  const lengthText = (from, to) => {
    const count = days.count(from, to);
    return count === 1 ? words.workdays[0] : words.workdays[1].replace('2', count);
  };

  // Scales: two lines each, the lower one in steps of `width` pixels at least.
  const monthName = (day) => {
    const name = safe(isZh ? `${day.getMonth() + 1}月` : words.months.split(' ')[day.getMonth()]);
    return data.estimated.includes(iso(day).slice(0, 7))
      ? `${name} <span class="yg-estimated">${safe(words.estimated)}</span>` : name;
  };
  // The first and the last month may be too narrow for more than their name.
  const partName = (day) => {
    const [begin, end] = [new Date(day.getFullYear(), day.getMonth(), 1), new Date(day.getFullYear(), day.getMonth() + 1, 1)];
    const seen = apart(begin > first ? begin : first, end < plus(last, 1) ? end : plus(last, 1));
    return seen < (isZh ? 12 : 24) ? monthName(day).split(' <')[0] : monthName(day);
  };
  const week = (day) => words.week.replace('{n}', gantt.date.getISOWeek(day));
  const line = (unit, format, css) => ({ unit, step: 1, format, css });
  const thisDay = (day) => (iso(day) === data.today ? 'yg-this-day' : '');
  const ZOOMS = {
    day: { width: 26, lines: [line('week', (day) => `${monthName(plus(day, 3))} · ${safe(week(day))}`), line('day', (day) => day.getDate(), thisDay)] },
    week: { width: 26, lines: [line('month', partName), line('week', (day) => gantt.date.getISOWeek(day))] },
    month: { width: 64, lines: [line('year', (day) => day.getFullYear()), line('month', monthName)] },
  };
  const names = Object.keys(ZOOMS);
  const memory = `yingbin:gantt:${told.plan}`;
  let zoom = sessionStorage.getItem(memory) in ZOOMS ? sessionStorage.getItem(memory) : 'week';
  // Where the bar would stand that the dock speaks of.
  let ghost = null;
  const dock = makeDock(panel, words, (wasIn) => {
    ghost = null;
    drawOver();
    const key = gantt.getSelectedId();
    if (wasIn && key) gantt.ext.keyboardNavigation.focus({ type: 'taskRow', id: key });
  }, (sentence) => {
    // Drawn anew by the server; the sentence is said then.
    sessionStorage.setItem(`${memory}:said`, sentence);
    window.location.reload();
  });

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
      // Read to those who do not see the bars.
      tooltip_text: (_from, _to, task) => {
        const item = items.get(task.id);
        return safe(`${item.number} ${item.title}, ${short(parse(item.start))} – ${short(parse(item.finish))}`);
      },
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
    `is-${item.kind}`, item.critical && 'is-critical', item.is_done && 'is-done',
    item.is_milestone && item.kind === 'step' && 'ends-in-milestone', !item.may_edit && 'is-fast',
  ].filter(Boolean).join(' ');

  const setColumns = () => {
    const cell = (name, isBold) => (task) => {
      const text = safe(items.get(task.id)[name]);
      return isBold?.(items.get(task.id)) ? `<b>${text}</b>` : text;
    };
    const title = (task) => {
      const item = items.get(task.id);
      return `<span class="yg-n">${safe(item.number)}</span><span class="yg-title" title="${safe(item.title)}">${safe(item.title)}</span>`;
    };
    const light = (task) => document.getElementById(`gantt-light-${items.get(task.id).light}`)?.innerHTML ?? '';
    const all = [
      { name: 'text', label: safe(words.task), tree: true, width: isZh ? 228 : 208, template: title },
      { name: 'owner', label: safe(words.owner), width: isZh ? 72 : 84, template: cell('owner') },
      { name: 'baseline', label: safe(words.baseline), width: 88, template: cell('baseline_text'), isWide: true },
      { name: 'expected', label: safe(words.expected), width: 88, template: cell('expected_text', (item) => item.late_text) },
      { name: 'late', label: safe(words.late), width: isZh ? 52 : 58, template: cell('late_text', () => true), isWide: true },
      { name: 'float', label: safe(words.float), width: isZh ? 58 : 62, template: cell('float_text') },
      { name: 'light', label: `<span class="visually-hidden">${safe(words.health)}</span>`, width: isZh ? 64 : 80, template: light, isWide: true },
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
    refit();
    toToday();
  };
  const toToday = () => {
    const view = gantt.$task.clientWidth;
    if (gantt.posFromDate(plus(last, 1)) > view) gantt.scrollTo(Math.max(0, gantt.posFromDate(today) - view / 3), null);
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
  let isDue = false;
  const drawSoon = () => {
    if (!isDue) requestAnimationFrame(drawOver);
    isDue = true;
  };
  const drawOver = () => {
    isDue = false;
    if (!gantt.$task_data) return;
    const range = { from: gantt.getState().min_date, to: gantt.getState().max_date };
    const width = at(range.to);
    // Of many rows only those are drawn that can be seen.
    const [{ y }, view] = [gantt.getScrollState(), place.clientHeight - 44];
    const shown = [];
    for (let n = Math.max(0, Math.floor(y / 30) - 5); n < (y + view) / 30 + 5; n += 1) {
      const task = gantt.getTaskByIndex(n);
      if (!task) break;
      shown.push(task.id);
    }
    const height = Math.max(gantt.getVisibleTaskCount() * 30, view);
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
    // Where each day has a cell of its own, today's is marked in its place.
    if (isNow && zoom !== 'day') {
      const label = document.createElement('span');
      label.className = 'yg-today';
      label.textContent = words.today;
      label.style.left = `${now}px`;
      gantt.$task_scale.append(label);
    }
  };
  const hasBar = () => (place.querySelector('.gantt_hor_scroll')?.offsetHeight ?? 0) > 0;
  // Few rows stand in the page, many in a window of their own.
  const fit = (rows) => {
    const whole = rows * 30 + 46 + (hasBar() ? 12 : 0);
    place.style.height = `${rows <= 40 ? whole : Math.max(360, window.innerHeight - 240)}px`;
  };

  const whatIf = (change) => {
    const item = items.get(change.key);
    ghost = { key: change.key, start: parse(change.start ?? item.start), finish: parse(change.finish ?? item.finish) };
    drawOver();
    return dock.post(told.ask, { changes: JSON.stringify([change]) });
  };
  const link = (before, after, kind) => dock.post(told.links, { before, after, kind, lag_workdays: '0' });
  const edit = (key) => {
    if (items.get(key)?.may_edit) dock.edit(items.get(key), days, whatIf);
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
    on('onTaskDrag', (key, mode, task, before, event) => {
      const change = wish(key, mode, apart(before.start_date, task.start_date), apart(before.end_date, task.end_date));
      const [from, to] = [change?.start, change?.finish].map((day, n) => parse(day ?? items.get(key)[n ? 'finish' : 'start']));
      tip.textContent = items.get(key).kind === 'milestone' ? short(to) : `${short(from)} – ${short(to)} · ${lengthText(from, to)}`;
      Object.assign(tip.style, { left: `${event.clientX + 12}px`, top: `${event.clientY + 16}px` });
      tip.hidden = false;
    });
    on('onBeforeTaskChanged', (key, mode, before) => {
      tip.hidden = true;
      const task = gantt.getTask(key);
      const change = wish(key, mode, apart(before.start_date, task.start_date), apart(before.end_date, task.end_date));
      // Once the bar is back in its place.
      if (change) window.setTimeout(() => whatIf(change));
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
    ['onGanttRender', 'onDataRender', 'onGanttScroll'].forEach((name) => on(name, drawSoon));
    on('onTaskOpened', refit);
    on('onTaskClosed', refit);
    on('onAfterTaskDrag', () => { tip.hidden = true; });
    gantt.addShortcut('enter', () => edit(gantt.getSelectedId() ?? rowInFocus()), 'taskRow');
    ['delete', 'ctrl+enter', 'ctrl+z', 'ctrl+r', 'ctrl+c', 'ctrl+v'].forEach((keys) => gantt.removeShortcut(keys, 'taskRow'));
    place.addEventListener('focusin', () => { const key = rowInFocus(); if (key && key !== gantt.getSelectedId()) gantt.selectTask(key); });
  };
  const rowInFocus = () => document.activeElement?.closest?.('[data-task-id]')?.dataset.taskId;
  // What a bar asks for that was moved, or an end of it, by so many days; nothing for none.
  const wish = (key, mode, moved, grown) => {
    const item = items.get(key);
    const [start, finish] = [parse(item.start), parse(item.finish)];
    if (mode === 'move' && moved) {
      // A moved bar keeps its length in working days.
      const from = item.kind === 'milestone' ? plus(finish, moved) : days.firstWork(plus(start, moved));
      const to = item.kind === 'milestone' ? from : days.finishAfter(from, Math.max(1, days.count(start, finish)));
      return { key, start: iso(from), finish: iso(to) };
    }
    if (mode === 'resize' && moved) return { key, start: iso(plus(start, moved)) };
    if (mode === 'resize' && grown) return { key, finish: iso(plus(finish, grown)) };
    return null;
  };
  const refit = () => { fit(gantt.getVisibleTaskCount()); gantt.setSizes(); };

  document.addEventListener('click', ({ target }) => {
    const button = target.closest?.('[data-zoom], [data-fold], [data-to-today], [data-edit], [data-what-if-drop]');
    if (!button) return;
    if (button.dataset.zoom) zoomTo(button.dataset.zoom);
    else if (button.dataset.edit) edit(button.dataset.edit);
    else if ('toToday' in button.dataset) toToday();
    else if ('whatIfDrop' in button.dataset) dock.drop();
    else {
      gantt.batchUpdate(() => data.items.forEach(({ key, kind }) => { if (kind === 'task') gantt[button.dataset.fold](key); }));
      refit();
    }
  });
  card?.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !panel.hidden) dock.drop();
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
    fit(data.items.filter(({ parent }) => !parent || !items.get(parent).is_done).length);
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
    if (hasBar()) refit();
    toToday();
    performance.mark('gantt-drawn');
  };
  const said = sessionStorage.getItem(`${memory}:said`);
  if (said) chosen.querySelector('p').textContent = said;
  sessionStorage.removeItem(`${memory}:said`);
  WIDE.addEventListener('change', draw);
  draw();
};

const place = document.getElementById('gantt');
if (place && window.gantt) {
  // Asked for in the page's head already, so that the rows come while the library does.
  fetch(place.dataset.rows)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)))
    .then((data) => start(place, window.gantt, data), () => {
      place.closest('.yg-card').hidden = false;
      document.querySelector('#gantt-chosen p').textContent = words.away;
    });
}
