extension PageText {
    static let style = #"""
        :root {
          color-scheme: light dark;
          --back: #f6f7f9; --card: #ffffff; --text: #16191d; --soft: #59616b; --line: #d9dde3;
          --value: #1a7f4b; --failure: #c2252f; --stopped: #8a6d00; --lost: #8f3fbf; --running: #2563eb;
          --waiting: #d3d8df; --onBar: #ffffff; --focus: #2563eb; --warnBack: #fff4d6; --warnText: #5c4400;
          --badBack: #fde7e8; --badText: #7d121a;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #111418; --card: #1a1e24; --text: #e8eaed; --soft: #a2abb6; --line: #343b45;
            --value: #4ac27f; --failure: #ff7b82; --stopped: #e0b93a; --lost: #d292f5; --running: #6ea8ff;
            --waiting: #3a424d; --onBar: #0d1013; --focus: #8ab8ff; --warnBack: #3a2f10; --warnText: #ffdf8a;
            --badBack: #411a1d; --badText: #ffb9bd;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--back); color: var(--text);
          font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
        }
        header, main, #warnings { max-width: 1500px; margin: 0 auto; padding: 0 20px; }
        header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; padding-top: 14px; }
        header p { margin: 0; color: var(--soft); font-size: 13px; }
        header #link { margin-left: auto; }
        h1 { font-size: 20px; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 15px; margin: 0; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 14px 0; }
        .title { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 8px; padding: 10px 14px; }
        .tools { display: flex; flex-wrap: wrap; gap: 6px; }
        .skip { position: absolute; left: -999px; }
        .skip:focus { left: 8px; top: 8px; background: var(--card); padding: 6px 10px; z-index: 9; }
        :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
        button {
          font: inherit; font-size: 13px; color: var(--text); background: var(--back); border: 1px solid var(--line);
          border-radius: 6px; padding: 3px 10px; min-height: 30px; cursor: pointer;
        }
        button:hover { border-color: var(--soft); }
        button[aria-pressed="true"] { border-color: var(--running); box-shadow: inset 0 0 0 1px var(--running); }
        #light { display: inline-block; width: 9px; height: 9px; border-radius: 50%; background: var(--stopped); }
        #light.good { background: var(--value); }
        #light.bad { background: var(--failure); }
        #warnings p { margin: 10px 0 0; padding: 8px 12px; border-radius: 6px; overflow-wrap: anywhere; }
        #warnings p.warn { background: var(--warnBack); color: var(--warnText); }
        #warnings p.bad { background: var(--badBack); color: var(--badText); }
        #numbers { display: flex; flex-wrap: wrap; background: none; border: 0; gap: 12px; }
        .number {
          flex: 1 1 110px; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
          padding: 8px 14px;
        }
        .number b { display: block; font-size: 22px; line-height: 1.25; font-variant-numeric: tabular-nums; }
        .number span { color: var(--soft); font-size: 12.5px; }
        .number.wide { flex: 2 1 240px; }
        .number svg { display: block; width: 100%; height: 30px; margin-top: 2px; }
        .number rect { fill: var(--running); }
        .table { overflow-x: auto; }
        table { width: 100%; border-collapse: collapse; font-size: 13.5px; }
        th { text-align: left; font-weight: 600; color: var(--soft); font-size: 12px; white-space: nowrap; }
        th, td { padding: 5px 14px; border-top: 1px solid var(--line); vertical-align: middle; }
        td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        td.words { overflow-wrap: anywhere; min-width: 120px; }
        td.name { font-weight: 600; overflow-wrap: anywhere; }
        td.soft { color: var(--soft); }
        .state { white-space: nowrap; }
        .state::before { content: "●"; margin-right: 5px; font-size: 11px; }
        .state.value { color: var(--value); } .state.failure { color: var(--failure); }
        .state.running { color: var(--running); } .state.stopped { color: var(--stopped); }
        .state.plain { color: var(--soft); }
        .bar {
          display: flex; min-width: 130px; height: 14px; border-radius: 4px; overflow: hidden;
          background: var(--waiting);
        }
        .bar i { display: block; min-width: 3px; flex-basis: 0; }
        .bar .value { background: var(--value); } .bar .running { background: var(--running); }
        .bar .stopped { background: var(--stopped); }
        .bar .failure {
          background: repeating-linear-gradient(135deg, var(--failure) 0 3px, var(--card) 3px 5px);
        }
        .bar .waiting { min-width: 0; background: var(--waiting); }
        .failed { border-top: 1px solid var(--line); padding: 10px 14px; }
        .failed h3 { margin: 0; font-size: 14px; display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; }
        .failed h3 b { color: var(--failure); }
        .failed h3 span { color: var(--soft); font-weight: 400; font-size: 12.5px; }
        .failed p { margin: 2px 0; overflow-wrap: anywhere; }
        .failed p.soft { color: var(--soft); font-size: 12.5px; }
        pre {
          margin: 6px 0 2px; padding: 8px 10px; background: var(--back); border: 1px solid var(--line);
          border-radius: 6px; font: 12.5px/1.4 ui-monospace, "DejaVu Sans Mono", monospace; max-height: 180px;
          overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere;
        }
        .none { padding: 10px 14px; margin: 0; color: var(--soft); border-top: 1px solid var(--line); }
        .more {
          padding: 6px 14px; margin: 0; color: var(--soft); border-top: 1px solid var(--line); font-size: 12.5px;
        }
        @media (max-width: 720px) {
          header, main, #warnings { padding-left: 10px; padding-right: 10px; }
          header #link { margin-left: 0; }
          .low { display: none; }
          th, td { padding: 5px 8px; }
          .bar { min-width: 80px; }
          button { min-height: 38px; min-width: 42px; }
          .number { flex-basis: 90px; padding: 6px 10px; }
          .number b { font-size: 18px; }
        }

        """#

    static let timelineStyle = #"""
        .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 0; padding: 0 14px 8px; font-size: 12.5px; }
        .legend span { color: var(--soft); }
        .legend canvas { width: 22px; height: 12px; vertical-align: -1px; margin-right: 4px; border-radius: 2px; }
        #scroller {
          position: relative; overflow-y: auto; overflow-x: hidden; border-top: 1px solid var(--line);
          border-bottom: 1px solid var(--line);
        }
        #canvas {
          position: sticky; top: 0; display: block; width: 100%; cursor: crosshair; touch-action: pan-y;
        }
        #canvas:focus-visible { outline-offset: -2px; }
        #chosen {
          margin: 0; padding: 8px 14px; font-size: 13px; min-height: 36px; overflow-wrap: anywhere;
          color: var(--soft);
        }
        #chosen b { color: var(--text); }
        #hint {
          position: fixed; z-index: 5; max-width: min(440px, 90vw); padding: 7px 10px; border-radius: 6px;
          background: var(--card); border: 1px solid var(--soft); box-shadow: 0 3px 12px #0004; font-size: 12.5px;
          pointer-events: none; overflow-wrap: anywhere;
        }
        #hint div:first-child { font-weight: 600; }

        """#
}
