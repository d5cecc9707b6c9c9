extension PageText {
    static let page = #"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Hayate</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/style.css">
        <script src="/script.js" defer></script>
        </head>
        <body>
        <a class="skip" href="#submissions">To the submissions</a>
        <header>
          <h1 id="name">Hayate</h1>
          <p id="facts"></p>
          <p id="link" role="status">
            <span id="light" aria-hidden="true"></span> <span id="linkText">connecting …</span>
          </p>
        </header>
        <div id="warnings" role="alert"></div>
        <main id="main" hidden>
          <section id="numbers" aria-label="Numbers"></section>
          <section aria-labelledby="timelineTitle">
            <div class="title">
              <h2 id="timelineTitle">Timeline</h2>
              <div class="tools">
                <button id="zoomIn" title="Closer (+)">+</button>
                <button id="zoomOut" title="Farther (-)">−</button>
                <button id="fit" title="All that is known (0)">All</button>
                <button id="follow" title="The last minutes, up to now (f)" aria-pressed="true">Follow</button>
                <button id="trace">Trace for Perfetto</button>
              </div>
            </div>
            <p class="legend" id="legend"></p>
            <div id="scroller">
              <canvas id="canvas" tabindex="0" role="application"
                aria-label="Timeline of daemons and their tasks" aria-describedby="keys"></canvas>
              <div id="spacer"></div>
            </div>
            <p id="chosen" aria-live="polite">Point at a bar, or press N for the next one.</p>
            <p id="keys" hidden>Left and right: move. Plus and minus: zoom. 0: all. F: follow.
              Up and down: daemon. N and P: next and previous task.</p>
            <div id="hint" hidden></div>
          </section>
          <section id="submissions" aria-labelledby="submissionsTitle">
            <div class="title"><h2 id="submissionsTitle">Submissions</h2></div>
            <div class="table" id="submissionsTable"></div>
          </section>
          <section id="failuresSection" aria-labelledby="failuresTitle">
            <div class="title"><h2 id="failuresTitle">Failures</h2></div>
            <div id="failures"></div>
          </section>
          <section aria-labelledby="daemonsTitle">
            <div class="title"><h2 id="daemonsTitle">Daemons</h2></div>
            <div class="table" id="daemonsTable"></div>
          </section>
          <section id="allocationsSection" aria-labelledby="allocationsTitle">
            <div class="title"><h2 id="allocationsTitle">Allocations</h2></div>
            <div class="table" id="allocationsTable"></div>
          </section>
        </main>
        <noscript><p>This page needs its script.</p></noscript>
        </body>
        </html>

        """#
}
