// The dock under the Gantt chart: the answer to "what if", the small form that asks the same without
// a mouse, or a sentence.
import { iso, parse } from './gantt-days.js';

/** words: sentences of the page. isDropped(wasIn): called when the dock closes; wasIn says whether
    the keyboard was in it. isDone(sentence): called when something was written. */
export const makeDock = (dock, words, isDropped, isDone) => {
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
    isDropped(wasIn);
  };
  const say = (sentence) => {
    const note = document.getElementById('gantt-said').content.cloneNode(true);
    note.querySelector('[data-sentence]').textContent = sentence;
    show(note.childNodes);
  };

  /** The sentence of a whole page that came instead of a part: a refusal. */
  const sentenceOf = (page) => {
    const main = page.querySelector('main');
    const line = main?.querySelector('p:not(.yb-meta)') ?? main?.querySelector('h1');
    return main && (line?.textContent.trim() || words.lost);
  };
  const read = (text) => new DOMParser().parseFromString(text, 'text/html');
  // Forms of the answer are htmx's, which would keep quiet about a refusal.
  dock.addEventListener('htmx:beforeSwap', ({ detail }) => {
    if (detail.xhr.status < 400) return;
    const sentence = sentenceOf(read(detail.xhr.responseText));
    if (sentence) say(sentence);
    else detail.shouldSwap = true;
  });

  /** Post the fields and show what comes back. An answer that was overtaken is not shown. */
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
      if (mine === asked) say(words.lost);
      return;
    }
    if (mine !== asked) return;
    const next = answer.headers.get('HX-Redirect');
    if (next) window.location.assign(next);
    else if (answer.type === 'opaqueredirect') isDone('');
    else if (answer.headers.get('Content-Type')?.startsWith('text/plain')) {
      if (answer.ok) isDone(text);
      else say(text);
    } else {
      const page = read(text);
      const sentence = sentenceOf(page);
      if (sentence) say(sentence);
      else if (!text.trim()) say(words.lost);
      else {
        show(page.body.childNodes);
        dock.focus({ preventScroll: true });
      }
    }
  };

  /** The same question by hand: two dates and a length. ask(change): what is asked. */
  const edit = (item, days, ask) => {
    asked += 1;
    const made = document.getElementById('gantt-edit').content.cloneNode(true);
    const form = made.querySelector('form');
    const { start, finish, workdays: length } = form.elements;
    const isMilestone = item.kind === 'milestone';
    form.querySelector('[data-title]').textContent = `${item.number} ${item.title}`;
    start.value = item.start;
    finish.value = item.finish;
    length.value = days.count(parse(item.start), parse(item.finish));
    if (isMilestone) [start, length].forEach((field) => { field.closest('label').hidden = true; });
    const refuse = (sentence) => {
      const wrong = form.querySelector('[data-wrong]');
      wrong.hidden = !sentence;
      wrong.textContent = sentence;
      return Boolean(sentence);
    };
    const lengthGiven = () => Math.min(2000, Math.max(1, Math.round(Number(length.value)) || 1));
    form.addEventListener('input', ({ target }) => {
      refuse('');
      if (isMilestone || !start.value) return;
      if (target !== finish) {
        if (length.value) finish.value = iso(days.finishAfter(parse(start.value), lengthGiven()));
      } else if (finish.value >= start.value) {
        length.value = days.count(parse(start.value), parse(finish.value));
      }
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (isMilestone) start.value = finish.value;
      if (refuse(start.value && finish.value ? '' : words.fill)) return;
      if (refuse(finish.value < start.value ? words.finish_first : '')) return;
      const change = { key: item.key };
      if (start.value !== item.start) change.start = start.value;
      if (finish.value !== item.finish) change.finish = finish.value;
      if (change.start || change.finish) ask(change);
      else drop();
    });
    show(made.childNodes);
    (isMilestone ? finish : start).focus();
  };
  return { drop, edit, post, say };
};
