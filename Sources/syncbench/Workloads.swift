/// The table of docs/benchmarks.md, in its order.
enum Workloads {
  static let all: [Workload] = [
    merge, mergeChecked, wire, stored, ingest, nothingNew, tenEntries, tenLogs, clients, fetch, start, tool,
    papers,
  ]

  static let million = Scale(1_000_000)

  private static let rates = [
    Workload.Column("entriesPerSecond", "entries/s", ""), Workload.Column("entriesPerCPUSecond", "per CPU second", ""),
    Workload.Column("seconds", "time", "s"), Workload.Column("cpuSeconds", "CPU", "s"),
    Workload.Column("peakBytes", "peak memory", "B"),
  ]

  static let merge = Workload(
    name: "merge", title: "cold merge in memory, one core: from bytes to readable siblings",
    target: "≥ 5 × Yjs's rate, ≥ 100 × Automerge's; peak memory ≤ Yjs's",
    probes: { extent in
      extent.entryScales.flatMap { scale in
        [
          Probe("ours", scale, .own("merge", ["mode": "unchecked", "threads": "1"])),
          Probe("Yjs", scale, .peer("yjs", "merge")), Probe("Loro", scale, .peer("loro", "merge")),
          Probe("Automerge", scale, .peer("automerge", "merge")),
        ]
      }
    },
    columns: rates,
    checks: { results in
      let scale = results.extent.entryScales.last ?? million
      return [
        Check(
          "rate of Yjs's", results.ratio("entriesPerCPUSecond", "ours", to: "Yjs", at: scale), atLeast: 5, at: scale,
          target: million),
        Check(
          "rate of Automerge's", results.ratio("entriesPerCPUSecond", "ours", to: "Automerge", at: scale), atLeast: 100,
          at: scale, target: million),
        Check(
          "peak memory of Yjs's", results.ratio("peakBytes", "ours", to: "Yjs", at: scale), atMost: 1, at: scale,
          target: million),
      ]
    })

  static let mergeChecked = Workload(
    name: "merge-checked", title: "the same with every chain hash and signed head checked",
    target: "≥ 2 × Yjs's rate, both cores",
    probes: { extent in
      extent.entryScales.flatMap { scale in
        [
          Probe("ours, both cores", scale, .own("merge", ["mode": "checked", "threads": "2"])),
          Probe("ours, one core", scale, .own("merge", ["mode": "checked", "threads": "1"])),
          Probe("hashes alone, both cores", scale, .own("raw-chain", ["threads": "2"])),
          Probe("hashes and heads alone, both cores", scale, .own("raw-chain", ["threads": "2", "heads": "all"])),
          Probe("Yjs", scale, .peer("yjs", "merge")),
        ]
      }
    },
    columns: rates,
    checks: { results in
      let scale = results.extent.entryScales.last ?? million
      return [
        Check(
          "rate of Yjs's", results.ratio("entriesPerSecond", "ours, both cores", to: "Yjs", at: scale), atLeast: 2,
          at: scale, target: million)
      ]
    })

  static let wire = Workload(
    name: "wire", title: "bytes of an entry on the wire, edits made one by one",
    target: "≤ 1.05 × Loro's, raw and compressed alike",
    probes: { extent in
      extent.entryScales.flatMap { scale in
        [
          Probe("ours", scale, .own("wire", [:]), once: true),
          Probe("Loro", scale, .peer("loro", "wire"), once: true),
          Probe("Yjs", scale, .peer("yjs", "wire"), once: true),
          Probe("Automerge", scale, .peer("automerge", "wire"), once: true),
        ]
      }
    },
    columns: [
      Workload.Column("bytesPerEntry", "raw", "B"), Workload.Column("gzipPerEntry", "gzip -6", "B"),
      Workload.Column("zstdPerEntry", "zstd -3", "B"), Workload.Column("payloadPerEntry", "payload", "B"),
      Workload.Column("headersPerEntry", "headers", "B"), Workload.Column("valuesPerEntry", "values", "B"),
      Workload.Column("secretsPerEntry", "secrets", "B"), Workload.Column("headsPerEntry", "signed heads", "B"),
    ],
    checks: { results in
      let scale = results.extent.entryScales.last ?? million
      return [("raw", "bytesPerEntry"), ("gzip", "gzipPerEntry"), ("zstd", "zstdPerEntry")].map { name, value in
        Check(
          "\(name) of Loro's", results.ratio(value, "ours", to: "Loro", at: scale), atMost: 1.05, at: scale,
          target: million)
      }
    })

  static let stored = Workload(
    name: "stored", title: "bytes of an entry on a hub's disk, indices included",
    target: "≤ 2.5 × the raw wire's",
    probes: { extent in
      extent.entryScales.flatMap { scale in
        [
          Probe("database", scale, .own("ingest", [:]), once: true),
          Probe("wire", scale, .own("wire", [:]), once: true),
          Probe("raw SQLite", scale, .own("raw-insert", [:]), once: true),
        ]
      }
    },
    columns: [Workload.Column("storedPerEntry", "on disk", "B"), Workload.Column("bytesPerEntry", "on the wire", "B")],
    checks: { results in
      let scale = results.extent.entryScales.last ?? million
      return [
        Check(
          "of the wire's",
          results.ratio("storedPerEntry", "database", to: "wire", "bytesPerEntry", at: scale), atMost: 2.5, at: scale,
          target: million)
      ]
    })

  static let ingest = Workload(
    name: "ingest", title: "durable ingest by a hub: decode, chain, authority, merge, commit with FULL",
    target: "≥ 0.5 × raw indexed SQLite insert of the same bytes, same settings",
    probes: { extent in
      extent.entryScales.flatMap { scale in
        [
          Probe("hub", scale, .own("ingest", [:])),
          Probe("raw SQLite", scale, .own("raw-insert", [:])),
        ]
      }
    },
    columns: rates,
    checks: { results in
      let scale = results.extent.entryScales.last ?? million
      return [
        Check(
          "rate of raw SQLite's", results.ratio("entriesPerSecond", "hub", to: "raw SQLite", at: scale), atLeast: 0.5,
          at: scale, target: million)
      ]
    })

  static let nothingNew = Workload(
    name: "nothing-new", title: "exchange with a known peer where nothing is new",
    target: "1M logs: 1 round trip, ≤ 200 B of body each way, ≤ 0.1 ms of hub CPU beyond HTTP and signatures",
    probes: { extent in
      extent.logScales.map { scale in
        Probe("ours", scale, .own("nothing-new", [:])).prepared(by: "prepare-logs")
      }
    },
    columns: [
      Workload.Column("roundTrips", "round trips", ""), Workload.Column("requestBytes", "request", "B"),
      Workload.Column("answerBytes", "answer", "B"), Workload.Column("hubSeconds", "hub CPU", "s"),
      Workload.Column("clientSeconds", "client CPU", "s"),
    ],
    checks: { results in
      let scale = results.extent.logScales.last ?? million
      return [
        Check("round trips", results.median("roundTrips", "ours", scale), atMost: 1, "", at: scale, target: million),
        Check("request", results.median("requestBytes", "ours", scale), atMost: 200, "B", at: scale, target: million),
        Check("answer", results.median("answerBytes", "ours", scale), atMost: 200, "B", at: scale, target: million),
        Check("hub CPU", results.median("hubSeconds", "ours", scale), atMost: 0.0001, "s", at: scale, target: million),
      ]
    })
}
