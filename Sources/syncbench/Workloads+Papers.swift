/// Workloads of documents.
extension Workloads {
  /// Sheets, sheets that a peer writes as well, and rows.
  private static func load(_ form: Form) -> (sheets: Scale, compared: Scale, rows: Scale) {
    form == .tiny ? (Scale(3), Scale(2), Scale(50)) : (Scale(600), Scale(40), Scale(60_000))
  }

  static let papers = Workload(
    name: "papers", title: "documents out: score sheets of 44 items as .docx, ledger rows as .xlsx",
    target: "600 sheets < 20 s on 2 cores; 60,000 rows of 6 columns < 5 s",
    probes: { extent in
      let load = load(extent.form)
      return [
        Probe("score sheets, all cores", load.sheets, .own("papers-docx", [:])).unprepared,
        Probe("score sheets, one core", load.compared, .own("papers-docx", ["threads": "1"])).unprepared,
        Probe("python-docx", load.compared, .script("office", ["docx", "\(load.compared.count)"]), once: true)
          .unprepared,
        Probe("ledger rows", load.rows, .own("papers-xlsx", [:])).unprepared,
        Probe("openpyxl", load.rows, .script("office", ["xlsx", "\(load.rows.count)"]), once: true).unprepared,
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
          "60,000 rows", results.median("seconds", "ledger rows", load.rows), atMost: 5, "s", at: load.rows,
          target: Scale(60_000)),
      ]
    })
}
