// Reasons: docs/explanation/tracker.md
(() => {
'use strict';

const safe = (job) => (...args) => {
  try {
    return job(...args);
  } catch (error) {}
};

safe(() => {
const MINUTE = 60000;
const WEEK = 10080 * MINUTE;
const PARAM = /^([gw]braid|(g|fb|tt)clid|msclkid|utm_(source|medium|campaign|term|content)|matchtype|network|placement|device)=./i;

const { fetch, JSON: { parse, stringify } } = window;
const data = document.currentScript.dataset;
const url = data.endpoint.replace(/\/*$/, '/rpc/sync');
const yes = data.consent === 'required' ? 0 : 1;
if ((window.opsmantik || 0).track) return;

const memory = {};
const get = (key) => key in memory ? memory[key] : safe(() => parse(localStorage.getItem(key)))();
const drop = (key) => {
  delete memory[key];
  safe(() => localStorage.removeItem(key))();
};
const set = (key, value) => {
  memory[key] = value;
  safe(() => {
    if (!consent().a && !(yes && /consent/.test(key))) return;
    localStorage.setItem(key, stringify(value));
    delete memory[key];
  })();
};
const consent = () => get('opsmantik_consent') || { a: yes, m: yes };
const silent = () => navigator.webdriver && data.automation !== 'allow' ||
  safe(() => localStorage.getItem('opsmantik_ignore'))();

const uuid = () => [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => (byte + 256).toString(16).slice(1)).join('')
  .replace(/(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-a$4-');
const anonymous = { id: uuid() };

const path = () => (location.origin + location.pathname).slice(0, 500);
const query = () => {
  let room = 1500;
  return (location.search + location.hash).split(/[?#&]/).sort()
    .filter((part) => PARAM.test(part) && (room -= part.length) > 0)
    .join('&').replace(/^./, '?$&');
};

const session = (active, landed) => {
  const now = Date.now();
  let visit = get('opsmantik_session');
  if (!visit || !(now - visit.last < 30 * MINUTE && now - visit.began < 1440 * MINUTE)) {
    if (!active) return;
    visit = { id: uuid(), began: now, engaged: 0 };
    landed = 1;
  }
  if (landed) {
    visit.p = {
      u: path() + query(),
      r: document.referrer.split(/[?#]/)[0].slice(0, 500),
      t: document.title.slice(0, 150)
    };
  }
  if (active) visit.last = now;
  set('opsmantik_session', visit);
  return visit;
};

// No list: written back stale, it would erase a tap.
const gone = {};
const isTap = ({ e }) => e.c === 'conversion';
const forget = ({ e }) => drop('opsmantik_q' + e.i);
const queue = () => silent() ? [] : Object.keys(memory)
  .concat(safe(() => Object.keys(localStorage))() || [])
  .map(safe((key) => {
    const item = /^opsmantik_q/.test(key) && get(key);
    return item.e.i && item.x && !gone[item.e.i] && item;
  }))
  .filter(Boolean)
  .sort((a, b) => isTap(b) - isTap(a) || a.t - b.t);
const keep = (item) => {
  set('opsmantik_q' + item.e.i, item);
  const all = queue();
  while (all.length > 100 || stringify(all).length > 2e5) {
    forget(all.splice(Math.max(0, all.findIndex((other) => !isTap(other))), 1)[0]);
  }
};

const emit = safe((c, a, l, v = null, m = {}, choice = consent()) => {
  const tapped = c === 'conversion';
  const visit = silent() ? 0 : consent().a ? session(c !== 'system', c === 'page' && query()) : tapped && anonymous;
  if (!visit) return;
  const x = { k: data.site, s: visit.id, v: '1.0.0', c: choice };
  let u = path();
  if (choice.a) {
    const { mobile, platform } = navigator.userAgentData || {};
    set('opsmantik_visitor', x.f = get('opsmantik_visitor') || uuid());
    x.p = { ...visit.p, sw: screen.width, ch: { mobile, platform } };
    u += query();
  }
  const i = parseInt(uuid().replace(/-/g, '').slice(-13), 16);
  l = String(l || '').slice(0, 500);
  keep({ t: Date.now(), x, e: { i, c, a, l, v, u, m } });
  if (tapped) flush(urgent = i);
  else if (a !== 'session_end') later(500);
});

let busy, timer, urgent, failures = 0, most = 20;
const later = (ms) => {
  if (!busy && !timer) timer = setTimeout(flush, ms);
};
const within = (ms) => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), ms);
  return abort;
};
const until = (key) => {
  const ms = get(key) - Date.now();
  return ms > 0 && ms < 60 * MINUTE && ms;
};
// The server counts taps apart.
const held = (item) => until(isTap(item) ? 'opsmantik_hold' : 'opsmantik_wait');
const ready = (all, taps) => all.filter((item) => taps && isTap(item) || !held(item));
const pick = (all) => {
  let room = 12000;
  return all.filter(({ e, x }) =>
    stringify(x) === stringify(all[0].x) && (room -= stringify(e).length) > 0
  ).slice(0, most);
};
// Clocks are wrong, ages are not.
const body = (batch) => stringify({
  ...batch[0].x,
  e: batch.map(({ e, t }) => ({ ...e, g: Math.max(0, Date.now() - t) }))
});

const send = async (batch) => {
  let status = 0, retry, answer;
  try {
    // A string is text/plain: no preflight.
    const response = await fetch(url, {
      method: 'POST', body: body(batch), keepalive: true, credentials: 'omit', signal: within(20000).signal
    });
    status = response.status;
    retry = response.headers.get('Retry-After');
    answer = parse(await response.text());
  } catch (error) {}
  const ours = (answer || {}).accepted >= 0;
  const done = ours && status < 300;
  const client = /^4(?!29)/.test(status);
  // Not sync's own words: a firewall, a deploy.
  const refused = client && (ours || status === 413);
  batch.forEach((item) => {
    if (done || (refused ? !batch[1] : client && Date.now() - item.t > WEEK)) forget(item, gone[item.e.i] = 1);
  });
  if (done || refused) {
    failures = 0;
    most = refused ? 1 : Math.min(20, most * 2);
    return refused && 500;
  }
  if (retry > 0) {
    retry = Date.now() + Math.min(retry, 3599) * 1000;
    set('opsmantik_wait', retry);
    if (isTap(batch[0])) set('opsmantik_hold', retry);
  }
  return Math.min(2000 * 2 ** failures++ * (1 + Math.random() / 2), 10 * MINUTE);
};
const drain = async () => {
  for (let ms;;) {
    const all = queue();
    // The tap just made leads.
    const now = ready(all, urgent)
      .sort((a, b) => (b.e.i === urgent) - (a.e.i === urgent));
    if (!now[0] || ms && !urgent) {
      busy = urgent = 0;
      drop('opsmantik_lease');
      return all[0] && later(ms || held(all[0]));
    }
    urgent = 0;
    if (!navigator.locks) set('opsmantik_lease', Date.now() + 5000);
    ms = await send(pick(now));
  }
};
// A frozen tab may hold the lock.
const flush = safe(() => {
  clearTimeout(timer);
  timer = 0;
  if (busy || until('opsmantik_lease')) return later(1000);
  busy = 1;
  const { locks } = navigator;
  (locks ? locks.request('opsmantik', within(10000), drain).catch(drain) : drain())
    .catch(() => busy = 0);
});

const on = (types, job) => types.split(' ').forEach((type) =>
  window.addEventListener(type, safe(job), { capture: true, passive: true }));
const recent = {};
let armed, shown, measuring, reached = 0;

const convert = (action, label, meta) => {
  const now = performance.now();
  if (now - recent[action + label] < 2500) return;
  recent[action + label] = now;
  emit('conversion', action, label, undefined, meta);
};
const tap = (nodes) => nodes && nodes.forEach(({ href }) => {
  if (/^(tel|callto):/.test(href)) convert('phone_call', href);
  if (/^(whatsapp:|https?:\/\/(wa\.me|api\.whatsapp\.com)([/?#]|$))/.test(href)) convert('whatsapp', href);
});
const release = () => armed = tap(armed);
on('pointerdown', (event) => {
  if (event.button < 2) armed = event.composedPath();
  // A finger may be about to scroll.
  if (event.pointerType !== 'touch') release();
});
on('pointercancel', () => armed = 0);
on('pointerup', release);
on('click', (event) => tap(event.composedPath()));
on('submit', ({ target }) =>
  convert('form_submit', target.getAttribute('id') || target.getAttribute('name') || 'form'));

on('scroll', () => measuring = measuring || setTimeout(safe(() => {
  measuring = 0;
  const seen = 100 * (scrollY + innerHeight) / document.documentElement.scrollHeight;
  [50, 90].forEach((mark) => {
    if (reached < mark && mark <= seen) emit('interaction', 'scroll', '', reached = mark);
  });
}), 250));

const view = () => emit('page', 'page_view');
const hide = () => {
  if (!shown) return;
  release();
  const visit = session();
  if (visit) {
    visit.engaged += Math.round(performance.now() - shown);
    set('opsmantik_session', visit);
    emit('system', 'session_end', '', visit.engaged);
  }
  shown = 0;
  const all = ready(queue(), 1);
  if (all[0]) navigator.sendBeacon(url, body(pick(all)));
};
const turn = () => {
  if (document.hidden) return hide();
  shown = shown || performance.now();
  later(500);
};
on('visibilitychange pageshow', turn);
on('pagehide', hide);
on('online', flush);
setInterval(() => shown && emit('system', 'heartbeat'), MINUTE);

window.opsmantik = {
  track: safe((action, { label, value, meta } = {}) => {
    const text = safe(stringify)(meta);
    meta = /^{.{0,2000}$/.test(text) ? parse(text) : {};
    if (/^(phone_call|whatsapp|form_submit)$/.test(action)) convert(action, label, meta);
    else emit('interaction', String(action).slice(0, 64), label, Number.isFinite(value) ? value : null, meta);
  }),
  consent: safe(({ analytics, marketing }) => {
    const choice = { a: analytics ? 1 : 0, m: marketing ? 1 : 0 };
    const before = consent();
    if (stringify(choice) === stringify(before)) return;
    if (before.a) emit('system', 'consent', '', null, {}, choice);
    const all = queue();
    if (!choice.a) ['session', 'visitor', 'wait', 'hold', 'consent'].forEach((key) => drop('opsmantik_' + key));
    all.forEach(forget);
    set('opsmantik_consent', choice);
    all.forEach(keep);
    if (choice.a > before.a) view();
    flush();
  })
};

turn();
view();
})();
})();
