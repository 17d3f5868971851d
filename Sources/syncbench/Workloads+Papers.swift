/// Workloads of documents.
extension Workloads {
  /// Sheets, sheets that a peer writes, rows, and items of the sheet that is read in.
  private static func load(_ form: Form) -> (sheets: Scale, compared: Scale, rows: Scale, items: Scale) {
    form == .tiny
      ? (Scale(3), Scale(2), Scale(50), Scale(30)) : (Scale(600), Scale(40), Scale(60_000), Scale(500))
  }

  static let papers = Workload(
    name: "papers",
    title: "documents out of a workspace: score sheets of 44 items as .docx, ledger rows as .xlsx; a long sheet in",
    target: "600 sheets < 20 s on 2 cores; 60,000 rows of 6 columns < 5 s; 500 items read in < 300 ms, < 100 MB",
    probes: { extent in
      let load = load(extent.form)
      return [
        Probe("score sheets, all cores", load.sheets, .own("papers-docx", [:])).prepared(by: "prepare-papers"),
        Probe("unitcli, the whole process", load.sheets, .own("papers-tool", [:])).prepared(by: "prepare-papers"),
        Probe("score sheets, one core", load.sheets, .own("papers-docx", ["threads": "1"]))
          .prepared(by: "prepare-papers"),
        Probe("python-docx", load.compared, .script("office", ["docx", "\(load.compared.count)"]), once: true)
          .unprepared,
        Probe("ledger rows", load.rows, .own("papers-xlsx", [:])).unprepared,
        Probe("openpyxl", load.rows, .script("office", ["xlsx", "\(load.rows.count)"]), once: true).unprepared,
        Probe("long sheet read in", load.items, .own("papers-import", [:])).prepared(by: "prepare-form"),
      ]
    },
    columns: [
      Workload.Column("seconds", "time", "s"), Workload.Column("cpuSeconds", "CPU", "s"),
      Workload.Column("perSecond", "a second", ""), Workload.Column("bytes", "file", "B"),
      Workload.Column("peakBytes", "peak memory", "B"),
    ],
    checks: { results in
      let load = load(results.extent.form)
      return [
        Check(
          "600 sheets", results.median("seconds", "score sheets, all cores", load.sheets), atMost: 20, "s",
          at: load.sheets, target: Scale(600)),
        Check(
          "by unitcli", results.median("seconds", "unitcli, the whole process", load.sheets), atMost: 20, "s",
          at: load.sheets, target: Scale(600)),
        Check(
          "60,000 rows", results.median("seconds", "ledger rows", load.rows), atMost: 5, "s", at: load.rows,
          target: Scale(60_000)),
        Check(
          "500 items", results.median("seconds", "long sheet read in", load.items), atMost: 0.3, "s", at: load.items,
          target: Scale(500)),
        Check(
          "memory", results.median("peakBytes", "long sheet read in", load.items), atMost: 100e6, "B",
          at: load.items, target: Scale(500)),
      ]
    })
}
