extension PageText {
    static let timelineDrawing = #"""

        Object.assign(timeline, {
          left: 120, colours: {},

          readColours() {
            const style = getComputedStyle(document.documentElement);
            const names = ['value', 'failure', 'stopped', 'lost', 'running', 'onBar', 'text', 'soft', 'line', 'card', 'back',
              'focus'];
            for (const name of names) {
              this.colours[name] = style.getPropertyValue('--' + name).trim();
            }
          },

          legend() {
            this.readColours();
            const words = [['value', 'returned'], ['failure', 'failed'], ['lost', 'lost'], ['stopped', 'stopped'],
              ['running', 'running']];
            byId('legend').replaceChildren(...words.map(([status, word]) => {
              const box = make('span');
              const picture = make('canvas');
              picture.width = 44;
              picture.height = 24;
              const pen = picture.getContext('2d');
              pen.scale(2, 2);
              this.paint(pen, status, 0, 0, 22, 12);
              box.append(picture, document.createTextNode(word));
              return box;
            }));
          },

          // Every kind has a mark of its own beside its colour.
          paint(pen, status, x, y, width, height) {
            const c = this.colours;
            const colour = c[status] || c.soft;
            pen.fillStyle = colour;
            if (status === 'stopped' || status === 'lost') {
              pen.globalAlpha = 0.28;
              pen.fillRect(x, y, width, height);
              pen.globalAlpha = 1;
              pen.strokeStyle = colour;
              pen.lineWidth = 1;
              pen.strokeRect(x + 0.5, y + 0.5, Math.max(0, width - 1), height - 1);
              if (status === 'lost' && width > 3) {
                pen.save();
                pen.beginPath();
                pen.rect(x, y, width, height);
                pen.clip();
                pen.beginPath();
                for (let at = x - height; at < x + width; at += 6) {
                  pen.moveTo(at, y + height);
                  pen.lineTo(at + height, y);
                }
                pen.stroke();
                pen.restore();
              }
              return;
            }
            pen.fillRect(x, y, width, height);
            if (status === 'failure' && width > 7) {
              pen.strokeStyle = c.onBar;
              pen.lineWidth = 1.5;
              const at = x + width - 6;
              pen.beginPath();
              pen.moveTo(at - 3, y + height / 2 - 3);
              pen.lineTo(at + 3, y + height / 2 + 3);
              pen.moveTo(at + 3, y + height / 2 - 3);
              pen.lineTo(at - 3, y + height / 2 + 3);
              pen.stroke();
            }
            if (status === 'running' && width > 5) {
              // An open end.
              pen.fillStyle = c.card;
              pen.beginPath();
              pen.moveTo(x + width, y);
              pen.lineTo(x + width - 4, y);
              pen.lineTo(x + width, y + height / 2);
              pen.lineTo(x + width - 4, y + height);
              pen.lineTo(x + width, y + height);
              pen.fill();
            }
          },

          // Steps of an axis that people like.
          stepOf(length, marks) {
            const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600,
              900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000];
            return steps.find(step => length / step <= marks) || 31536000;
          },

          draw() {
            if (byId('main').hidden) return;
            const box = byId('scroller');
            const canvas = byId('canvas');
            if (this.follows) { this.to = now() + this.followed * 0.02; this.from = this.to - this.followed; }
            const total = (this.total || 0) + this.axisHeight;
            const height = Math.max(90, Math.min(total + 4, Math.max(220, innerHeight * 0.45)));
            box.style.height = height + 'px';
            // The picture is as high as what is seen of it, and stays in place; the rest makes the bar for scrolling.
            byId('spacer').style.height = Math.max(0, total + 4 - height) + 'px';
            const width = box.clientWidth;
            const scale = window.devicePixelRatio || 1;
            if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
              canvas.width = Math.round(width * scale);
              canvas.height = Math.round(height * scale);
              canvas.style.height = height + 'px';
            }
            this.readColours();
            const c = this.colours;
            this.left = width < 600 ? 84 : Math.min(220, Math.max(120, ...this.rows.slice(0, 100).map(
              row => row.name.length * 7 + 24)));
            const pen = canvas.getContext('2d');
            pen.setTransform(scale, 0, 0, scale, 0, 0);
            pen.fillStyle = c.card;
            pen.fillRect(0, 0, width, height);
            pen.font = '12px system-ui, "DejaVu Sans", sans-serif';
            pen.textBaseline = 'middle';
            this.drawRows(pen, width, height, box.scrollTop);
            this.drawAxis(pen, width, height);
          },

          x(moment, width) { return this.left + (moment - this.from) / (this.to - this.from) * (width - this.left); },

          drawAxis(pen, width, height) {
            const c = this.colours;
            pen.fillStyle = c.card;
            pen.fillRect(0, 0, width, this.axisHeight);
            const length = this.to - this.from;
            const step = this.stepOf(length, Math.max(2, (width - this.left) / 95));
            // Marks are at whole hours of the clock on the wall.
            const shift = new Date(this.from * 1000).getTimezoneOffset() * 60;
            const first = Math.ceil((this.from - shift) / step) * step + shift;
            for (let index = 0; first + index * step < this.to; index += 1) {
              const moment = first + index * step;
              const x = this.x(moment, width);
              pen.fillStyle = c.line;
              pen.fillRect(Math.round(x), this.axisHeight - 6, 1, 6);
              let text = clock(moment);
              if (step < 1) text += '.' + String(Math.round((moment % 1) * 1000) % 1000).padStart(3, '0');
              else if (step >= 86400) text = clock(moment, true).slice(0, 10);
              else if (step >= 60) text = text.slice(0, 5);
              pen.fillStyle = c.soft;
              const size = pen.measureText(text).width;
              if (x - size / 2 > this.left - 4 && x + size / 2 < width) pen.fillText(text, x - size / 2, 10);
            }
            pen.fillStyle = c.soft;
            pen.fillText(time(length), 10, 10);
            pen.fillStyle = c.line;
            pen.fillRect(0, this.axisHeight - 1, width, 1);
            pen.fillRect(this.left - 1, 0, 1, height);
          },

          // The most that can be read: task and label, the task, its element, or nothing.
          textWithin(pen, span, room) {
            if (room < 12) return '';
            const task = clean(span.task);
            const texts = [task, task.slice(task.lastIndexOf('/') + 1)];
            if (span.label) texts.unshift(task + '  ' + clean(span.label).slice(0, 80));
            return texts.find(text => pen.measureText(text).width <= room) || '';
          },

          drawRows(pen, width, height, scrolled) {
            const c = this.colours;
            const moment = now();
            this.rows.forEach((row, index) => {
              const top = row.top - scrolled + this.axisHeight;
              if (top > height || top + row.height < 0) return;
              if (index % 2) {
                pen.globalAlpha = 0.6;
                pen.fillStyle = c.back;
                pen.fillRect(0, top, width, row.height);
                pen.globalAlpha = 1;
              }
              if (index === this.row && document.activeElement === byId('canvas')) {
                pen.fillStyle = c.focus;
                pen.fillRect(0, top, 4, row.height);
              }
              for (const span of row.spans) {
                const ended = span.ended === undefined ? moment : span.ended;
                if (ended < this.from || span.began > this.to) continue;
                const begin = Math.max(this.left, this.x(span.began, width));
                const end = Math.min(width, this.x(ended, width));
                // A gap of one pixel, so that tasks that follow at once are two.
                const size = Math.max(1.5, end - begin - (end - begin > 4 ? 1 : 0));
                const y = top + 2 + span.lane * this.laneHeight + 1;
                this.paint(pen, span.status, begin, y, size, this.laneHeight - 3);
                if (this.keyOf(span) === this.chosen) {
                  pen.strokeStyle = c.text;
                  pen.lineWidth = 2;
                  pen.strokeRect(begin - 1, y - 1, size + 2, this.laneHeight - 1);
                }
                const text = this.textWithin(pen, span, size - (span.status === 'failure' ? 20 : 10));
                if (text) {
                  pen.fillStyle = span.status === 'stopped' || span.status === 'lost' ? c.text : c.onBar;
                  pen.fillText(text, begin + 5, y + (this.laneHeight - 3) / 2 + 1);
                }
              }
              pen.fillStyle = c.card;
              pen.globalAlpha = index % 2 ? 0 : 1;
              pen.fillRect(4, top, this.left - 5, row.height);
              pen.globalAlpha = 1;
              pen.save();
              pen.beginPath();
              pen.rect(0, top, this.left - 6, row.height);
              pen.clip();
              pen.fillStyle = c.text;
              // Of a long name the end is what tells daemons apart.
              let name = clean(row.name);
              while (name.length > 4 && pen.measureText(name).width > this.left - 22) name = '…' + name.slice(2);
              pen.fillText(name, 10, top + row.height / 2);
              pen.restore();
            });
            const edge = this.x(moment, width);
            if (edge < width) {
              pen.fillStyle = c.running;
              pen.fillRect(edge, this.axisHeight, 1, height);
            }
          },
        });

        """#
}
