// docs/explanation/tracker.md
(() => {
let safe = job => (...args) => {
 try {
  return job(...args);
 } catch (error) {}
};
safe(() => {
let PARAM = /^(\w+clk?id|[gw]braid|utm_\w+|matchtype|network|placement|device)=./i;
let { fetch, navigation, JSON: { parse, stringify } } = window;
let { src, dataset: data } = document.currentScript;
let url = (data.endpoint || src.replace(/(\/rpc)?\/[^/]*$/, '')).replace(/\/*$/, '/rpc/sync');
let yes = data.consent === 'required' ? 0 : 1;
if (!data.site || (window.opsmantik || 0).track) return;
let memory = {};
let get = key => key in memory ? memory[key] : safe(() => parse(localStorage['opsmantik_' + key]))();
let drop = key => {
 delete memory[key];
 safe(() => localStorage.removeItem('opsmantik_' + key))();
};
let set = (key, value) => {
 memory[key] = value;
 safe(() => {
  if (!consent().a && !(yes && key === 'consent')) return;
  localStorage.setItem('opsmantik_' + key, stringify(value));
  if (localStorage['opsmantik_' + key]) delete memory[key];
 })();
};
let consent = () => get('consent') || { a: yes, m: yes };
let silent = () => navigator.webdriver && data.automation !== 'allow' ||
 safe(() => localStorage.opsmantik_ignore)();
let list = (text = '') => text.split(/[, *]+/);
let off = () => silent() || data.domains && !list(data.domains).includes(location.hostname) ||
 list(data.exclude).some(one => one &&
 location.pathname.startsWith(new URL(one, location.origin).pathname));

let uuid = () => '00000000-0000-4000-a000-000000000000'.replace(/0/g, () =>
 crypto.getRandomValues(new Uint8Array(1))[0].toString(16).slice(-1));
let anonymous = { id: uuid() };

let path = () => (location.origin + location.pathname).slice(0, 500);
let query = () => {
 let room = 1500;
 return (location.search + location.hash).split(/[?#&]/).sort()
  .filter(part => PARAM.test(part) && (room -= part.length) > 0)
  .join('&').replace(/^./, '?$&');
};

let session = (active, landed) => {
 let now = Date.now();
 let visit = get('session') || 0;
 if (!(now - visit.last < 18e5 && now - visit.began < 864e5)) {
  if (!active) return;
  visit = { id: uuid(), began: landed = now, engaged: 0 };
 }
 if (landed) visit.p = {
  u: path() + query(),
  r: document.referrer.split('/', 3).join('/'),
  sw: screen.width,
  ch: navigator.userAgentData
 };
 if (active) visit.last = now;
 set('session', visit);
 return visit;
};

let gone = {};
let isTap = ({ e }) => e.c === 'conversion';
let forget = ({ e }) => drop('q' + e.i);
let queue = () => silent() ? [] : Object.keys(memory)
 .concat(safe(() => Object.keys(localStorage).map(key => key.replace('opsmantik_', '')))() || [])
 .map(key => key[0] === 'q' && get(key))
 .filter(safe(({ e, x }) => e.i && x && !gone[e.i]))
 .sort((a, b) => (a.n | 0) - (b.n | 0) || isTap(b) - isTap(a) || a.t - b.t);
let keep = item => {
 set('q' + item.e.i, item);
 let all = queue();
 while (all.length > 100 || stringify(all).length > 2e5) {
  forget(all.splice(Math.max(0, all.findIndex(other => !isTap(other))), 1)[0]);
  set('lost', (get('lost') || 0) + 1);
 }
};
let emit = safe((c, a, l, v = null, m = {}, choice = consent()) => {
 let tapped = c === 'conversion';
 let visit = off() ? 0 : consent().a ?
 session(c !== 'system', c === 'page' && query()) || a === 'consent' && get('session') : tapped && anonymous;
 if (!visit) return;
 let x = { k: data.site, s: visit.id, v: '1.1.0', c: choice }, u = path();
 if (choice.a) {
  set('visitor', x.f = get('visitor') || uuid());
  x.p = visit.p;
  u += query();
 }
 let i = parseInt(uuid().slice(-12), 16);
 l = String(l || '').replace(/[?&]text=.*?(?=&phone=|$)/i, '').slice(0, 500);
 keep({ t: Date.now(), x, e: { i, c, a, l, v, u, m } });
 if (tapped) flush(urgent = 1);
 else if (a !== 'session_end') later(500);
});

let busy, timer, urgent, failures = 0, most = 20;
let later = ms => {
 if (!busy && !timer) timer = setTimeout(flush, ms);
};
let within = ms => {
 let abort = new AbortController();
 setTimeout(() => abort.abort(), ms);
 return abort;
};
let until = key => {
 let ms = get(key) - Date.now();
 return ms <= 6e5 && Math.max(0, ms);
};
let held = item => until(isTap(item) ? 'hold' : 'wait');
let ready = (all, taps) => all.filter(item => taps && isTap(item) || !held(item));
let pick = all => {
 let room = 12000;
 return all.filter(({ e, x }) =>
  stringify(x) === stringify(all[0].x) && (room -= stringify(e).length) > 0
 ).slice(0, most);
};
let body = (batch, d) => stringify({
 ...batch[0].x, d,
 e: batch.map(({ e, t }) => ({ ...e, g: Math.max(0, Date.now() - t) }))
});

let send = async batch => {
 let lost = get('lost');
 let status = 0, retry, ours;
 try {
  let response = await fetch(url, {
   method: 'POST', body: body(batch, lost), keepalive: true, signal: within(20000).signal
  });
  status = response.status;
  retry = response.headers.get('Retry-After');
  ours = (await response.json()).accepted >= 0;
 } catch (error) {}
 let done = ours && status < 300;
 let client = /^4(?!29)/.test(status);
 let refused = client && (ours || status === 413);
 batch.forEach(item => {
  if (done || (refused ? !batch[1] : client && Date.now() - item.t > 6048e5)) forget(item, gone[item.e.i] = 1);
  else if (client) set('q' + item.e.i, item, item.n = -~item.n);
 });
 if (done && lost) set('lost', get('lost') - lost);
 if (done || client) most = client ? 1 : Math.min(20, most * 2);
 if (done || refused) {
  failures = 0;
  return refused && 500;
 }
 if (retry > 0) {
  retry = Date.now() + Math.min(retry * 1000, 6e5);
  set('wait', retry);
  if (isTap(batch[0])) set('hold', retry);
 }
 return Math.min(2000 * 2 ** failures++ * (1 + Math.random() / 2), 6e5);
};
let drain = async () => {
 for (let ms;;) {
  let all = queue();
  let now = ready(all, urgent);
  if (!now[0] || ms && !urgent) {
   busy = urgent = 0;
   drop('lease');
   return all[0] && later(ms || held(all[0]));
  }
  urgent = 0;
  if (!navigator.locks) set('lease', Date.now() + 5000);
  ms = await send(pick(now));
 }
};
let flush = safe(() => {
 clearTimeout(timer);
 timer = 0;
 if (busy || until('lease')) return later(1000);
 busy = 1;
 let { locks } = navigator;
 (locks ? locks.request('opsmantik', within(10000), drain).catch(drain) : drain())
  .catch(() => busy = 0);
});

let on = (types, job, where = window) => types.split(' ').forEach(type =>
 where.addEventListener(type, safe(job), true));
let recent = {};
let shown, measuring, place, reached;

let convert = (action, label, meta) => {
 let now = performance.now();
 let key = action + (/\d{5,}/.exec(label) || label);
 if (now - recent[key] < 2500) return;
 recent[key] = now;
 emit('conversion', action, label, null, meta);
};
let follow = (to, node) => {
 if (/^(tel|callto):/i.test(to)) convert('phone_call', to);
 if (!/^(whatsapp:|https?:\/\/(wa\.me|(api|web)\.whatsapp\.com)([/?#]|$))/i.test(to)) return;
 let ref;
 if (data.reference && node && consent().a && !off()) {
  ref = parseInt(1 + session(1).id.slice(0, 8), 16).toString(36).toUpperCase();
  if (!to.includes(ref)) {
   if (!/[?&]text=/.test(to)) to += (/\?/.test(to) ? '&' : '?') + 'text=';
   node.href = to = to.replace(/[?&]text=[^&#]*/, '$&%20' + encodeURIComponent(data.reference + ref));
  }
 }
 convert('whatsapp', to, { ref });
};
let submit = safe(({ target }) =>
 convert('form_submit', target.getAttribute('id') || target.getAttribute('name') || 'form'));
on('submit', submit);
on('pointerdown click', event => {
 if (event.button > 1 || event.type !== 'click' && event.pointerType !== 'mouse') return;
 event.composedPath().forEach(safe(node => {
  let { href = 0, host } = node;
  if (host) node.addEventListener('submit', submit, true);
  follow(href.baseVal || href, node);
  node.getAttribute('onclick').split(/['"`]/).forEach(to => follow(to));
 }));
});

on('scroll', () => measuring = measuring || setTimeout(safe(() => {
 measuring = 0;
 let seen = 100 * (scrollY + innerHeight) / document.documentElement.scrollHeight;
 [50, 90].forEach(mark => {
  if (reached < mark && mark <= seen) emit('interaction', 'scroll', '', reached = mark);
 });
}), 250));

let here = () => location.href.replace(/#(?![!/]).*/, '').split(/[?&#]/)
 .filter(part => !PARAM.test(part)) + '';
let view = () => {
 place = here();
 emit('page', 'page_view', reached = 0);
};
let moved = safe(() => place === here() || view());
setInterval(moved, 1000);
safe(() => {
 on('currententrychange', moved, navigation);
 on('navigate', event => follow(event.destination.url), navigation);
})();

let hide = () => {
 if (!shown) return;
 let visit = session();
 if (visit) {
  visit.engaged += Math.round(performance.now() - shown);
  set('session', visit);
  emit('system', 'session_end', '', visit.engaged);
 }
 shown = 0;
 navigator.sendBeacon(url, body(pick(ready(queue(), 1))));
};
let turn = ({ persisted }) => {
 if (document.hidden) return hide();
 if (persisted) view();
 shown = shown || performance.now();
 later(500);
};
on('visibilitychange pageshow', turn);
on('pagehide', hide);
on('online', flush);
setInterval(() => shown && emit('system', 'heartbeat'), 6e4);

window.opsmantik = {
 track: safe((action, { label, value, meta } = {}) => {
  let text = safe(stringify)(meta);
  meta = /^{.{0,2000}$/.test(text) ? parse(text) : {};
  if (/^(phone_call|whatsapp|form_submit)$/.test(action)) convert(action, label, meta);
  else emit('interaction', String(action).slice(0, 64), label, value / 1, meta);
 }),
 consent: safe(({ analytics, marketing }) => {
  let choice = { a: +!!analytics, m: +!!marketing };
  let before = consent();
  if (stringify(choice) === stringify(before)) return;
  if (before.a) emit('system', 'consent', '', null, {}, choice);
  let all = queue();
  if (!choice.a) 'session visitor wait hold lost consent'.split(' ').forEach(drop);
  all.forEach(forget);
  set('consent', choice);
  all.forEach(keep);
  if (choice.a > before.a) view();
  flush();
 })
};

turn({});
view();
})();
})();
