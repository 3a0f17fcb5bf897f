// What the pages need beyond HTML: a question before a step that cannot be undone, drafts that
// save themselves, text that survives signing in again, rows that are added in place. Every page
// also works without it.
(() => {
  'use strict';
  const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? '';
  const words = document.body.dataset;
  const each = (selector, root, act) => {
    if (root.matches?.(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  };

  // htmx takes its settings from the meta tag; here it only gets the CSRF token.
  document.addEventListener('htmx:configRequest', (event) => {
    event.detail.headers['X-CSRFToken'] = csrf();
  });

  // Ask first.
  document.addEventListener('submit', (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // A form that outlived its sign-in (errors/signed_out.html): the token of the new one comes first.
  document.addEventListener('submit', async (event) => {
    const form = event.target.closest('form[data-resend]');
    if (!form) return;
    event.preventDefault();
    const answer = await fetch(form.dataset.resend, { redirect: 'manual' }).catch(() => null);
    if (answer?.ok) {
      form.elements.csrf_token.value = (await answer.json()).csrf_token;
      HTMLFormElement.prototype.submit.call(form);
      return;
    }
    const said = form.querySelector('[data-resend-said]');
    Object.assign(said, { hidden: false, textContent: form.dataset.signInFirst });
  });

  // Menus close on Escape and on a press elsewhere.
  document.addEventListener('click', (event) => {
    document.querySelectorAll('details.yb-menu[open]').forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    document.querySelectorAll('details.yb-menu[open]').forEach((menu) => {
      menu.open = false;
      menu.querySelector('summary').focus();
    });
  });

  // Unsent text. Kept for this browser tab only, under the page's path and the form's id.
  const keepable = (field) =>
    field.name && !['hidden', 'password', 'file', 'submit', 'button'].includes(field.type);
  const keyOf = (form) => `yingbin:keep:${location.pathname}:${form.id}`;
  const valuesOf = (form) =>
    [...form.elements].filter(keepable).map((field) => [
      field.name, field.value, ['radio', 'checkbox'].includes(field.type) ? field.checked : null,
    ]);
  const say = (form, text) => {
    const places = document.querySelectorAll('[data-autosave-said]');
    places.forEach((place) => { place.textContent = text; });
    if (!places.length && form) {
      const line = document.createElement('p');
      line.className = 'yb-meta';
      line.dataset.autosaveSaid = '';
      line.textContent = text;
      form.prepend(line);
    }
  };
  const bringBack = (form) => {
    const kept = sessionStorage.getItem(keyOf(form));
    if (!kept) return;
    // Choices are found by name and value, other fields by name and order.
    const seen = {};
    let isChanged = false;
    for (const [name, value, isChecked] of JSON.parse(kept)) {
      const fields = [...form.elements].filter((field) => field.name === name && keepable(field));
      if (isChecked !== null) {
        const choice = fields.find((field) => field.value === value);
        if (choice && choice.checked !== isChecked) { choice.checked = isChecked; isChanged = true; }
      } else {
        const nth = seen[name] ?? 0;
        seen[name] = nth + 1;
        if (fields[nth] && fields[nth].value !== value) { fields[nth].value = value; isChanged = true; }
      }
    }
    if (isChanged) {
      say(form, words.textBack);
      form.dispatchEvent(new Event('input', { bubbles: true }));
    }
  };

  // Drafts: 20 seconds after a change the form is posted; the answer says only whether it worked.
  const autosave = (form) => {
    let timer = null;
    const save = async () => {
      timer = null;
      try {
        const answer = await fetch(form.dataset.autosave, {
          method: 'POST', body: new FormData(form), credentials: 'same-origin', redirect: 'manual',
          headers: { 'X-CSRFToken': csrf(), 'X-Requested-With': 'autosave' },
        });
        if (!answer.ok) throw new Error(String(answer.status));
        // The text just saved is this form's own: the next save builds on it.
        const version = answer.headers.get('X-Version');
        if (version && form.elements.version) form.elements.version.value = version;
        const time = new Intl.DateTimeFormat('en-GB', {
          hour: '2-digit', minute: '2-digit', timeZone: words.timezone || undefined,
        }).format(new Date());
        say(form, `${words.draftSaved} ${time}`);
      } catch {
        say(form, words.draftUnsaved);
      }
    };
    form.addEventListener('input', () => { timer ??= setTimeout(save, 20000); });
    form.addEventListener('submit', () => { clearTimeout(timer); });
  };

  // Parts that belong to one choice: data-show-when="field=value|value".
  const showWhen = () => {
    document.querySelectorAll('[data-show-when]').forEach((part) => {
      const [name, wanted] = part.dataset.showWhen.split('=');
      const form = part.closest('form');
      if (form) part.hidden = !wanted.split('|').some((value) =>
        new FormData(form).getAll(name).includes(value));
    });
  };

  // A review's score, and what its button will do, as the two ratings are chosen.
  const LEVELS = ['low', 'medium', 'high', 'critical'];
  const showScore = (form) => {
    const says = form?.querySelector('[data-score]')?.dataset;
    const [p, i] = ['probability', 'impact'].map((name) => Number(new FormData(form).get(name)));
    if (!says || !p || !i) return;
    const score = p * i;
    const level = score > 15 ? 3 : score > 9 ? 2 : score > 4 ? 1 : 0;
    const words = `${score} ${says.bands.split('|')[level]}`;
    document.querySelectorAll('[data-score-line]').forEach((line) => {
      line.hidden = false;
      line.querySelector('[data-score-sum]').textContent = `${p} × ${i} =`;
      const chip = line.querySelector('.yb-risk');
      chip.className = `yb-risk is-${LEVELS[level]}`;
      chip.querySelector('b').textContent = score;
      chip.lastChild.textContent = ` ${says.bands.split('|')[level]}`;
    });
    const was = Number(says.score);
    const text = !was ? says.first : score === was ? says.keepText : score > was ? says.more : says.less;
    [...form.elements].filter((field) => field.type === 'submit')
      .forEach((button) => { button.textContent = text.replace('%s', words); });
  };

  document.addEventListener('change', (event) => {
    showWhen();
    if (event.target.form?.querySelector('[data-score]')) showScore(event.target.form);
    const rating = event.target.closest('[data-rating]');
    rating?.querySelectorAll('[data-value]').forEach((text) => {
      text.hidden = text.dataset.value !== event.target.value;
    });
  });

  document.addEventListener('click', (event) => {
    const step = event.target.closest('[data-step]');
    if (step) {
      const input = document.getElementById(step.getAttribute('aria-controls'));
      const next = Number(input.value || 0) + Number(step.dataset.step);
      input.value = Math.min(Number(input.max), Math.max(Number(input.min), next));
      input.dispatchEvent(new Event('input', { bubbles: true }));
      input.dispatchEvent(new Event('change', { bubbles: true }));
    }
    const add = event.target.closest('[data-add-row]');
    if (add) {
      const template = document.getElementById(add.dataset.addRow);
      const rows = template.previousElementSibling;
      // Numbers only grow, so that a removed row never lends its name to a new one.
      const number = Number(rows.dataset.next ?? rows.querySelectorAll('[data-row]').length);
      rows.dataset.next = number + 1;
      rows.insertAdjacentHTML('beforeend', template.innerHTML
        .replaceAll('__n__', number).replaceAll('__no__', rows.children.length + 1));
      rows.lastElementChild.querySelector('input, textarea, select')?.focus();
    }
    const remove = event.target.closest('[data-remove-row]');
    if (remove) {
      const form = remove.closest('form');
      remove.closest('[data-row]').remove();
      form?.dispatchEvent(new Event('input', { bubbles: true }));
    }
    if (event.target.closest('[data-print]')) window.print();
  });

  const start = (root) => {
    each('form[data-keep]', root, (form) => {
      bringBack(form);
      form.addEventListener('input', () => {
        sessionStorage.setItem(keyOf(form), JSON.stringify(valuesOf(form)));
      });
      form.addEventListener('submit', () => { sessionStorage.setItem('yingbin:sent', keyOf(form)); });
    });
    each('form[data-autosave]', root, autosave);
    root.querySelectorAll('[data-score]').forEach((part) => showScore(part.closest('form')));
    each('[data-focus]', root, (part) => part.focus());
    showWhen();
  };
  const sent = sessionStorage.getItem('yingbin:sent');
  if (sent) {
    // Sign-in and error pages mean that the text did not arrive: it stays. Any other page has it.
    sessionStorage.removeItem('yingbin:sent');
    if (!document.querySelector('input[type="password"], .is-error')) sessionStorage.removeItem(sent);
  }
  start(document);
  document.addEventListener('htmx:load', (event) => { if (event.target !== document.body) start(event.target); });
})();
