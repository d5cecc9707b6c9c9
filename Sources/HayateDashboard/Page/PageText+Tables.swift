extension PageText {
    static let tables = #"""

        // Rows that are shown of each table; more make a page that nobody reads and a browser that does nothing else.
        const mostRows = 200;

        function table(place, columns, items, none) {
          const box = byId(place);
          if (!items.length) { box.replaceChildren(make('p', 'none', none)); return; }
          const head = make('tr');
          for (const column of columns) {
            const cell = make('th', column.class, column.title);
            cell.scope = 'col';
            head.append(cell);
          }
          const thead = make('thead');
          thead.append(head);
          const body = make('tbody');
          for (const item of items.slice(0, mostRows)) {
            const row = make('tr');
            for (const column of columns) {
              const content = column.of(item);
              const cell = make('td', column.class);
              if (content instanceof Node) cell.append(content); else cell.textContent = clean(content);
              row.append(cell);
            }
            body.append(row);
          }
          const whole = make('table');
          whole.append(thead, body);
          box.replaceChildren(whole);
          if (items.length > mostRows) {
            box.append(make('p', 'more', 'and ' + number(items.length - mostRows) + ' more'));
          }
        }

        const state = (kind, text) => make('span', 'state ' + kind, clean(text));

        function submissionState(item) {
          const open = item.waiting + item.blocked + item.running;
          if (item.isComplete && open === 0) {
            return item.failed ? state('failure', 'failed') : item.cancelled ? state('stopped', 'cancelled')
              : state('value', 'done');
          }
          if (item.running) return state('running', 'running');
          return state('plain', item.waiting ? 'waiting' : item.blocked ? 'blocked' : 'open');
        }

        const over = item => item.returned + item.failed + item.cancelled;
        const all = item => Math.max(item.total, over(item) + item.waiting + item.blocked + item.running);

        function bar(item) {
          const parts = [
            ['value', item.returned, 'returned'], ['failure', item.failed, 'failed'],
            ['stopped', item.cancelled, 'cancelled'], ['running', item.running, 'running'],
            ['waiting', all(item) - over(item) - item.running, 'to come'],
          ].filter(part => part[1] > 0);
          const box = make('div', 'bar');
          box.setAttribute('role', 'img');
          box.setAttribute('aria-label', parts.map(part => number(part[1]) + ' ' + part[2]).join(', '));
          box.title = box.getAttribute('aria-label');
          for (const [kind, count] of parts) {
            const piece = make('i', kind);
            piece.style.flexGrow = count;
            box.append(piece);
          }
          return box;
        }

        const daemonStates = {
          busy: 'running', idle: 'value', suspect: 'failure', away: 'failure', draining: 'stopped', leaving: 'stopped',
          preparing: 'stopped',
        };

        function showTables(snapshot) {
          const moment = snapshot.session.now;
          table('submissionsTable', [
            { title: 'Submission', class: 'name', of: item => item.name },
            { title: 'State', class: '', of: submissionState },
            { title: 'Progress', class: '', of: bar },
            { title: 'Ended', class: 'figure',
              of: item => number(over(item)) + ' of ' + number(all(item)) + (item.isComplete ? '' : '+') },
            { title: 'Failed', class: 'figure', of: item => number(item.failed) },
            { title: 'Running', class: 'figure low', of: item => number(item.running) },
            { title: 'Left', class: 'figure', of: item => item.remaining === undefined ? '–' : time(item.remaining) },
            { title: 'Age', class: 'figure low', of: item => time(moment - item.created) },
            { title: 'Runs', class: 'words soft low', of: item => item.label },
          ], snapshot.submissions, 'Nothing was submitted.');
          table('daemonsTable', [
            { title: 'Daemon', class: 'name', of: item => item.name },
            { title: 'State', class: '', of: item => state(daemonStates[item.state] || 'plain', item.state) },
            { title: 'Runs', class: 'words', of: item => item.tasks.join(' ') || '–' },
            { title: 'Done', class: 'figure', of: item => number(item.done) },
            { title: 'Holds', class: 'figure low', of: item => number(item.held) },
            { title: 'Silent', class: 'figure', of: item => time(item.silence) },
            { title: 'Stays', class: 'figure low',
              of: item => item.timeLeft === undefined ? '–' : time(item.timeLeft) },
            { title: 'Age', class: 'figure low', of: item => time(item.age) },
            { title: 'Resources', class: 'words soft low', of: item => item.resources || '–' },
          ], snapshot.daemons, 'No daemon is here.');
          byId('allocationsSection').hidden = !snapshot.allocations.length;
          table('allocationsTable', [
            { title: 'Job', class: 'name', of: item => item.job },
            { title: 'Cluster', class: 'soft low', of: item => item.cluster },
            { title: 'State', class: '', of: item => item.state },
            { title: 'Node', class: '', of: item => item.node || '–' },
            { title: 'Daemons', class: 'figure', of: item => number(item.daemons) },
            { title: 'Why', class: 'words', of: item => item.reason },
          ], snapshot.allocations, '');
          showFailures(snapshot.failures, moment);
        }

        let failuresShown = '';

        function showFailures(failures, moment) {
          byId('failuresSection').hidden = !failures.length;
          // Made anew only when there are others, so that what is marked and scrolled stays.
          const shown = JSON.stringify(failures.slice(0, 30));
          if (shown !== failuresShown) {
            failuresShown = shown;
            byId('failures').replaceChildren(...failures.slice(0, 30).map(failure => {
              const box = make('article', 'failed');
              const title = make('h3');
              const when = make('span', '', '');
              when.dataset.time = failure.time;
              title.append(make('b', '', '✗ ' + clean(failure.task)), make('span', '', clean(failure.label)), when);
              box.append(title, make('p', '', clean(failure.code + ': ' + failure.message)));
              if (failure.lastWords.trim()) box.append(make('pre', '', clean(failure.lastWords)));
              box.append(make('p', 'soft', ''));
              box.lastChild.textContent = clean((failure.daemon ? 'at ' + failure.daemon + ', ' : '') + 'start '
                + failure.attempt);
              return box;
            }));
            if (failures.length > 30) {
              byId('failures').append(make('p', 'more', 'and ' + number(failures.length - 30) + ' more'));
            }
          }
          for (const when of byId('failures').querySelectorAll('[data-time]')) {
            when.textContent = time(moment - Number(when.dataset.time)) + ' ago';
          }
        }

        function figure(value, name) {
          const box = make('div', 'number');
          box.append(make('b', '', value), make('span', '', name));
          return box;
        }

        function sparkline(rates) {
          const space = 'http://www.w3.org/2000/svg';
          const picture = document.createElementNS(space, 'svg');
          picture.setAttribute('viewBox', '0 0 ' + Math.max(60, rates.length) * 4 + ' 30');
          picture.setAttribute('preserveAspectRatio', 'none');
          picture.setAttribute('aria-hidden', 'true');
          const highest = Math.max(1, ...rates);
          rates.forEach((rate, index) => {
            const height = rate ? Math.max(2, rate / highest * 30) : 0.5;
            const column = document.createElementNS(space, 'rect');
            column.setAttribute('x', (Math.max(60, rates.length) - rates.length + index) * 4);
            column.setAttribute('y', 30 - height);
            column.setAttribute('width', 3);
            column.setAttribute('height', height);
            picture.append(column);
          });
          return picture;
        }

        function showSession(snapshot) {
          const facts = snapshot.session;
          byId('name').textContent = clean(facts.name);
          document.title = clean(facts.name) + ' – Hayate';
          const share = facts.now > facts.started ? facts.processorSeconds / (facts.now - facts.started) * 100 : 0;
          byId('facts').textContent = clean([
            facts.host + ', process ' + facts.process, 'up ' + time(facts.now - facts.started),
            facts.epoch > 1 ? 'started ' + facts.epoch + ' times' : 'first start',
            'journal ' + bytes(facts.journalBytes),
            'host ' + bytes(facts.memoryBytes) + ', ' + share.toFixed(1) + ' % cpu',
          ].join(' · '));
          const warnings = [];
          if (facts.journal !== 'well') warnings.push(['bad', 'Journal: ' + facts.journal]);
          if (facts.stalled) warnings.push(['warn', 'Nothing runs: ' + facts.stalled]);
          if (facts.isDraining) {
            warnings.push(['warn', 'Draining: it takes no more submissions and ends when all tasks have.']);
          }
          const shown = warnings.map(warning => warning[1]).join('\n');
          if (byId('warnings').dataset.shown !== shown) {
            byId('warnings').dataset.shown = shown;
            byId('warnings').replaceChildren(...warnings.map(([kind, text]) => make('p', kind, '⚠ ' + clean(text))));
          }
          const sum = name => snapshot.pools.reduce((total, pool) => total + pool[name], 0);
          const rates = [];
          for (const pool of snapshot.pools) {
            pool.rates.forEach((rate, index) => {
              const place = 60 - pool.rates.length + index;
              rates[place] = (rates[place] || 0) + rate;
            });
          }
          const dense = Array.from({ length: 60 }, (_, index) => rates[index] || 0);
          const rate = make('div', 'number wide');
          rate.append(make('span', '', (dense.reduce((total, each) => total + each, 0) / 60).toFixed(1)
            + ' tasks per second in the last minute'), sparkline(dense));
          byId('numbers').replaceChildren(
            figure(number(sum('waiting')), 'waiting'), figure(number(sum('running')), 'running'),
            figure(number(sum('ended')), 'ended'),
            figure(number(sum('connected')) + ' of ' + number(sum('wanted')), 'daemons'),
            figure(number(sum('lost')), 'daemons lost'), rate);
        }

        """#
}
