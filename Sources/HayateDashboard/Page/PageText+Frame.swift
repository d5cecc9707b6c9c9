extension PageText {
    /// Coming in, asking every second, and words for numbers. Labels and names are whatever somebody chose: they become
    /// text and nothing else.
    static let frame = #"""
        'use strict';
        const byId = id => document.getElementById(id);

        function make(tag, className, text) {
          const element = document.createElement(tag);
          if (className) element.className = className;
          if (text !== undefined) element.textContent = text;
          return element;
        }

        // Invisible characters and those that turn the direction of writing around are shown as what they are.
        const hidden = new RegExp('[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f'
          + '\\u2028-\\u202e\\u2060-\\u206f\\ufeff]', 'g');
        const clean = text => String(text).replace(hidden, '\ufffd');

        const number = value => value.toLocaleString('en-US');

        function time(seconds) {
          if (!Number.isFinite(seconds)) return '?';
          seconds = Math.max(0, seconds);
          if (seconds < 9.95) return seconds.toFixed(1) + ' s';
          const whole = Math.round(seconds);
          if (whole < 60) return whole + ' s';
          if (whole < 3600) return Math.floor(whole / 60) + ' min ' + whole % 60 + ' s';
          if (whole < 86400) return Math.floor(whole / 3600) + ' h ' + Math.floor(whole % 3600 / 60) + ' min';
          return Math.floor(whole / 86400) + ' d ' + Math.floor(whole % 86400 / 3600) + ' h';
        }

        function bytes(value) {
          const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
          let unit = 0;
          while (value >= 1023.5 && unit < units.length - 1) { value /= 1024; unit += 1; }
          return (unit && value < 99.95 ? value.toFixed(1) : Math.round(value)) + ' ' + units[unit];
        }

        const two = value => String(value).padStart(2, '0');

        function clock(seconds, withDay) {
          const date = new Date(seconds * 1000);
          const text = two(date.getHours()) + ':' + two(date.getMinutes()) + ':' + two(date.getSeconds());
          return withDay ? date.getFullYear() + '-' + two(date.getMonth() + 1) + '-' + two(date.getDate()) + ' ' + text
            : text;
        }

        class NotIn extends Error {}

        // The key is of this origin, port included; the cookie alone opens nothing.
        const stored = 'hayate-key';

        async function get(path) {
          const answer = await fetch(path, {
            headers: { 'Hayate-Key': localStorage.getItem(stored) || '' },
            cache: 'no-store', credentials: 'same-origin',
          });
          if (answer.status === 401) throw new NotIn();
          if (!answer.ok) throw new Error('the session does not answer (' + answer.status + ')');
          return answer;
        }

        async function enter() {
          const token = new URLSearchParams(location.hash.slice(1)).get('token');
          if (!token) return;
          // Out of the address: it is good once, and shall be in no history.
          history.replaceState(null, '', location.pathname);
          const answer = await fetch('/session', { method: 'POST', body: token, credentials: 'same-origin' });
          if (answer.ok) localStorage.setItem(stored, await answer.text());
        }

        function say(state, text) {
          byId('light').className = state;
          byId('linkText').textContent = text;
        }

        const session = { snapshot: null, offset: 0, since: null };
        // The session's clock, which may not be this browser's.
        const now = () => Date.now() / 1000 + session.offset;

        async function spansAfter(moment) {
          const ask = async since => (await get('/spans.json?since=' + since)).json();
          if (session.since !== null) return ask(session.since);
          // Of a long session the last hour is enough to begin with; of one that has rested, whatever there is.
          const recent = await ask(Math.max(0, moment - 3600));
          return recent.some(span => span.ended !== undefined) ? recent : ask(0);
        }

        async function look() {
          let next = 1000;
          try {
            const snapshot = await (await get('/snapshot.json')).json();
            const spans = await spansAfter(snapshot.session.now);
            session.snapshot = snapshot;
            session.offset = snapshot.session.now - Date.now() / 1000;
            // A little is asked for twice: an end may be written down later than it was.
            session.since = Math.max(0, snapshot.session.now - 10);
            byId('main').hidden = false;
            showSession(snapshot);
            showTables(snapshot);
            timeline.take(spans);
            say('good', 'live');
          } catch (error) {
            if (error instanceof NotIn) {
              say('bad', 'not let in: the address of hayate dashboard is good for one browser, once. '
                + 'Run it again for a new one.');
              next = 5000;
            } else {
              say('bad', 'no answer since ' + (session.snapshot ? clock(session.snapshot.session.now) : 'the beginning')
                + '; trying again');
              next = 2000;
            }
          }
          // A page that nobody sees asks seldom.
          setTimeout(look, document.hidden ? Math.max(next, 5000) : next);
        }

        """#

    static let start = #"""
        document.addEventListener('DOMContentLoaded', async () => {
          timeline.begin();
          await enter().catch(() => say("bad", "no answer; trying again"));
          look();
        });

        """#
}
