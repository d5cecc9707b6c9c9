extension PageText {
    /// What the timeline knows, and what people do with it.
    static let timeline = #"""

        const timeline = {
          spans: new Map(), rows: [], from: 0, to: 1, chosen: null, row: 0, followed: 300, follows: true,
          mostSpans: 20000, laneHeight: 20, axisHeight: 24,

          keyOf: span => span.task + '\n' + span.attempt + '\n' + span.daemon,

          take(spans) {
            const running = new Set();
            for (const span of spans) {
              const key = this.keyOf(span);
              if (span.ended === undefined) running.add(key);
              this.spans.set(key, span);
            }
            for (const [key, span] of this.spans) {
              // Its end was in no answer: there were too many.
              if (span.ended === undefined && !running.has(key)) this.spans.delete(key);
            }
            if (this.spans.size > this.mostSpans) {
              const ended = [...this.spans].filter(entry => entry[1].ended !== undefined)
                .sort((left, right) => left[1].ended - right[1].ended);
              for (const [key] of ended.slice(0, this.spans.size - this.mostSpans)) this.spans.delete(key);
            }
            this.arrange();
            if (!this.hasBegun && this.spans.size) {
              this.hasBegun = true;
              // What is followed would be empty: nothing has happened lately.
              const last = Math.max(...spans.map(span => span.ended === undefined ? Infinity : span.ended));
              if (last < now() - this.followed) this.fit();
            }
            this.draw();
          },

          // Daemons by name, each with as many lanes as it ran tasks at once.
          arrange() {
            const daemons = new Map();
            for (const span of this.spans.values()) {
              if (!daemons.has(span.daemon)) daemons.set(span.daemon, []);
              daemons.get(span.daemon).push(span);
            }
            for (const daemon of session.snapshot ? session.snapshot.daemons : []) {
              if (!daemons.has(daemon.name)) daemons.set(daemon.name, []);
            }
            const names = [...daemons.keys()].sort((left, right) =>
              left.localeCompare(right, 'en', { numeric: true }));
            let top = 0;
            this.rows = names.map(name => {
              const spans = daemons.get(name).sort((left, right) => left.began - right.began);
              const ends = [];
              for (const span of spans) {
                let lane = ends.findIndex(end => end <= span.began);
                if (lane < 0) lane = ends.length;
                ends[lane] = span.ended === undefined ? Infinity : span.ended;
                span.lane = lane;
              }
              const lanes = Math.max(1, ends.length);
              const row = { name, spans, lanes, top, height: lanes * this.laneHeight + 4 };
              top += row.height;
              return row;
            });
            this.total = top;
            this.row = Math.min(this.row, Math.max(0, this.rows.length - 1));
          },

          range() {
            let from = Infinity;
            for (const span of this.spans.values()) from = Math.min(from, span.began);
            return Number.isFinite(from) ? [from, now()] : [now() - 60, now()];
          },

          fit() {
            const [from, to] = this.range();
            const margin = Math.max(1, (to - from) * 0.02);
            this.setFollow(false);
            this.show(from - margin, to + margin);
          },

          show(from, to) {
            const length = Math.min(Math.max(to - from, 0.005), 366 * 86400);
            const middle = (from + to) / 2;
            this.from = middle - length / 2;
            this.to = middle + length / 2;
            this.draw();
          },

          zoom(factor, at) {
            if (this.follows) {
              this.followed = Math.min(Math.max(this.followed * factor, 2), 30 * 86400);
              this.draw();
              return;
            }
            const place = at === undefined ? (this.from + this.to) / 2 : at;
            this.show(place - (place - this.from) * factor, place + (this.to - place) * factor);
          },

          pan(share) {
            const length = this.to - this.from;
            this.setFollow(false);
            this.show(this.from + length * share, this.to + length * share);
          },

          setFollow(follows) {
            this.follows = follows;
            byId('follow').setAttribute('aria-pressed', follows);
            if (follows) this.draw();
          },

          choose(span) {
            this.chosen = span ? this.keyOf(span) : null;
            const line = byId('chosen');
            line.replaceChildren();
            if (!span) { line.textContent = 'Point at a bar, or press N for the next one.'; return; }
            const texts = this.describe(span);
            line.append(make('b', '', texts[0]), document.createTextNode('  ' + texts.slice(1).join(' · ')));
          },

          describe(span) {
            const end = span.ended === undefined ? now() : span.ended;
            const words = { value: 'returned', failure: 'failed', stopped: 'stopped', lost: 'lost with its daemon',
              running: 'running' };
            return [
              span.task, span.label, words[span.status] || span.status,
              clock(span.began, true) + ' to ' + (span.ended === undefined ? 'now' : clock(span.ended)),
              time(end - span.began), 'start ' + span.attempt, span.daemon,
            ].filter(text => text !== '').map(clean);
          },

          // The next span of the chosen row, in either direction.
          step(direction) {
            const row = this.rows[this.row];
            if (!row || !row.spans.length) return;
            let index = row.spans.findIndex(span => this.keyOf(span) === this.chosen);
            if (index < 0) {
              // The first that can be seen.
              index = row.spans.findIndex(span => (span.ended === undefined ? now() : span.ended) >= this.from);
              if (index < 0) index = row.spans.length - 1;
            } else {
              index = Math.min(Math.max(0, index + direction), row.spans.length - 1);
            }
            const span = row.spans[index];
            const end = span.ended === undefined ? now() : span.ended;
            this.choose(span);
            if (span.began < this.from || end > this.to) {
              this.setFollow(false);
              const length = Math.max(this.to - this.from, (end - span.began) * 1.2);
              this.show((span.began + end - length) / 2, (span.began + end + length) / 2);
            } else {
              this.draw();
            }
          },

          moveRow(direction) {
            this.row = Math.min(Math.max(0, this.row + direction), Math.max(0, this.rows.length - 1));
            const row = this.rows[this.row];
            const box = byId('scroller');
            if (row) {
              const seen = box.clientHeight - this.axisHeight;
              if (row.top < box.scrollTop) box.scrollTop = row.top;
              if (row.top + row.height > box.scrollTop + seen) box.scrollTop = row.top + row.height - seen;
              this.choose(null);
              byId('chosen').textContent = clean(row.name) + ': ' + number(row.spans.length) + ' tasks are known';
            }
            this.draw();
          },

          key(event) {
            if (event.ctrlKey || event.metaKey || event.altKey) return;
            const actions = {
              ArrowLeft: () => this.pan(-0.15), ArrowRight: () => this.pan(0.15), ArrowUp: () => this.moveRow(-1),
              ArrowDown: () => this.moveRow(1), '+': () => this.zoom(0.7), '=': () => this.zoom(0.7),
              '-': () => this.zoom(1 / 0.7), '0': () => this.fit(), f: () => this.setFollow(true),
              n: () => this.step(1), p: () => this.step(-1),
            };
            const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
            if (!action) return;
            event.preventDefault();
            action();
          },

          // MARK: Pointers

          pointers: new Map(),

          timeAt(x) {
            const width = byId('canvas').clientWidth - this.left;
            return this.from + (x - this.left) / width * (this.to - this.from);
          },

          spanAt(x, y) {
            if (x < this.left || y < this.axisHeight) return null;
            const place = y - this.axisHeight + byId('scroller').scrollTop;
            const row = this.rows.find(row => place >= row.top && place < row.top + row.height);
            if (!row) return null;
            const lane = Math.floor((place - row.top - 2) / this.laneHeight);
            // Small bars can be hit, too.
            const slack = 3 / (byId('canvas').clientWidth - this.left) * (this.to - this.from);
            const moment = this.timeAt(x);
            let best = null;
            let bestDistance = Infinity;
            for (const span of row.spans) {
              const end = span.ended === undefined ? now() : span.ended;
              if (span.lane !== lane || span.began > moment + slack || end < moment - slack) continue;
              const distance = Math.max(0, span.began - moment, moment - end);
              if (distance < bestDistance) { best = span; bestDistance = distance; }
            }
            return best;
          },

          point(event) {
            const hint = byId('hint');
            const span = event && !this.pointers.size ? this.spanAt(event.offsetX, event.offsetY) : null;
            hint.hidden = !span;
            if (!span) return;
            hint.replaceChildren(...this.describe(span).map(text => make('div', '', text)));
            const box = hint.getBoundingClientRect();
            hint.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8)) + 'px';
            hint.style.top = Math.max(4, event.clientY + 18 + box.height > innerHeight
              ? event.clientY - box.height - 12 : event.clientY + 18) + 'px';
          },

          begin() {
            const canvas = byId('canvas');
            canvas.addEventListener('keydown', event => this.key(event));
            canvas.addEventListener('wheel', event => {
              if (event.ctrlKey || event.metaKey) {
                event.preventDefault();
                this.zoom(Math.exp(event.deltaY * 0.003), this.timeAt(event.offsetX));
              } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
                event.preventDefault();
                this.pan((event.deltaX || event.deltaY) / canvas.clientWidth);
              }
            }, { passive: false });
            canvas.addEventListener('pointerdown', event => {
              canvas.setPointerCapture(event.pointerId);
              this.pointers.set(event.pointerId, { x: event.offsetX, start: event.offsetX, y: event.offsetY });
            });
            canvas.addEventListener('pointermove', event => {
              const pointer = this.pointers.get(event.pointerId);
              if (!pointer) { this.point(event); return; }
              const others = [...this.pointers].filter(entry => entry[0] !== event.pointerId);
              if (others.length) {
                const other = others[0][1].x;
                const before = Math.abs(pointer.x - other);
                const after = Math.abs(event.offsetX - other);
                if (before > 10 && after > 10) {
                  this.setFollow(false);
                  this.zoom(before / after, this.timeAt((event.offsetX + other) / 2));
                }
              } else if (Math.abs(event.offsetX - pointer.start) > 4) {
                this.pan((pointer.x - event.offsetX) / (canvas.clientWidth - this.left));
              }
              pointer.x = event.offsetX;
            });
            const end = event => {
              const pointer = this.pointers.get(event.pointerId);
              this.pointers.delete(event.pointerId);
              if (!pointer || event.type !== 'pointerup' || Math.abs(event.offsetX - pointer.start) > 4) return;
              const span = this.spanAt(event.offsetX, event.offsetY);
              const place = event.offsetY - this.axisHeight + byId('scroller').scrollTop;
              const row = this.rows.findIndex(row => place >= row.top && place < row.top + row.height);
              if (row >= 0) this.row = row;
              this.choose(span);
              this.draw();
            };
            canvas.addEventListener('pointerup', end);
            canvas.addEventListener('pointercancel', end);
            canvas.addEventListener('pointerleave', () => this.point(null));
            byId('scroller').addEventListener('scroll', () => this.draw());
            new ResizeObserver(() => this.draw()).observe(byId('scroller'));
            matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
              this.legend();
              this.draw();
            });
            byId('zoomIn').addEventListener('click', () => this.zoom(0.6));
            byId('zoomOut').addEventListener('click', () => this.zoom(1 / 0.6));
            byId('fit').addEventListener('click', () => this.fit());
            byId('follow').addEventListener('click', () => this.setFollow(!this.follows));
            byId('trace').addEventListener('click', () => this.trace());
            this.legend();
            // What runs grows between answers.
            setInterval(() => { if (!document.hidden) this.draw(); }, 250);
          },

          async trace() {
            const button = byId('trace');
            button.disabled = true;
            try {
              const place = URL.createObjectURL(await (await get('/trace.json')).blob());
              const link = make('a');
              link.href = place;
              link.download = 'hayate-trace.json';
              link.click();
              setTimeout(() => URL.revokeObjectURL(place), 60000);
            } catch (error) {
              byId('chosen').textContent = 'There is no trace: ' + clean(error.message || 'not let in');
            }
            button.disabled = false;
          },
        };

        """#
}
