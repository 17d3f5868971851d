/// Workloads of the exchange, of a running hub and of the command line.
extension Workloads {
  private static let exchangeColumns = [
    Workload.Column("roundTrips", "round trips", ""), Workload.Column("bodyBytes", "bodies", "B"),
    Workload.Column("segmentBytes", "of it entries", "B"), Workload.Column("otherBytes", "the rest", "B"),
    Workload.Column("hubSeconds", "hub CPU", "s"), Workload.Column("clientSeconds", "client CPU", "s"),
  ]

  static let tenEntries = Workload(
    name: "ten-entries", title: "ten entries in one feed, known peer",
    target: "1 round trip, ≤ 1,000 B of body in all",
    probes: { extent in
      extent.logScales.prefix(3).flatMap { scale in
        [
          Probe("laptop to hub", scale, .own("ten-entries", ["direction": "up"]), once: true),
          Probe("hub to laptop", scale, .own("ten-entries", ["direction": "down"]), once: true),
        ].map { $0.prepared(by: "prepare-logs") }
      }
    },
    columns: exchangeColumns,
    checks: { results in
      let scale = results.extent.logScales.prefix(3).last ?? million
      return ["laptop to hub", "hub to laptop"].flatMap { label in
        [
          // Nothing in the target depends on how many logs there are.
          Check(
            "\(label): round trips", results.median("roundTrips", label, scale), atMost: 1, "", at: scale,
            target: scale),
          Check(
            "\(label): bodies", results.median("bodyBytes", label, scale), atMost: 1000, "B", at: scale,
            target: scale),
        ]
      }
    })

  static let tenLogs = Workload(
    name: "ten-logs", title: "ten differing logs, unknown peer, entries not counted",
    target: "1M logs: ≤ 3 round trips, ≤ 2.4 kB adjacent, ≤ 14 kB scattered",
    probes: { extent in
      extent.logScales.filter { $0.count >= 10 }.flatMap { scale in
        ["adjacent", "scattered"].map { place in
          Probe(
            place, scale, .own("ten-logs", ["where": place, "limit": extent.form == .full ? "600" : "30"]), once: true
          ).prepared(by: "prepare-logs")
        }
      }
    },
    columns: exchangeColumns,
    checks: { results in
      let scale = results.extent.logScales.last ?? million
      return [("adjacent", 2400.0), ("scattered", 14_000.0)].flatMap { label, bytes in
        [
          Check(
            "\(label): in step after round trips",
            results.median("unfinished", label, scale) == nil ? results.median("roundTrips", label, scale) : 1e9,
            atMost: 3, "", at: scale, target: million),
          Check(
            "\(label): bytes", results.median("otherBytes", label, scale), atMost: bytes, "B", at: scale,
            target: million),
        ]
      }
    })

  /// Batches of a hundred that each client has ready, and for how many seconds it sends.
  private static func load(_ form: Form) -> (batches: Scale, clients: Int, seconds: Int) {
    switch form {
    case .tiny: (Scale(2), 3, 5)
    case .short: (Scale(40), 100, 5)
    // 240 requests are what a device may send in 30 s.
    case .full: (Scale(240), 100, 30)
    }
  }

  static let clients = Workload(
    name: "clients", title: "100 clients push batches of 100 entries to a hub, durable",
    target: "30 s: ≥ 60,000 entries/s, p99 ≤ 250 ms, no error, nothing lost",
    probes: { extent in
      let load = load(extent.form)
      return [
        Probe(
          "hub", load.batches, .own("clients", ["clients": "\(load.clients)", "seconds": "\(load.seconds)"]),
          once: extent.form == .short
        ).prepared(by: "prepare-batches", ["clients": "\(load.clients)"])
      ]
    },
    columns: [
      Workload.Column("entriesPerSecond", "entries/s", ""), Workload.Column("p50Seconds", "p50", "s"),
      Workload.Column("p99Seconds", "p99", "s"), Workload.Column("busyAnswers", "asked to wait", ""),
      Workload.Column("errors", "errors", ""), Workload.Column("lost", "lost", ""),
      Workload.Column("hubCPUSeconds", "hub CPU", "s"), Workload.Column("hubPeakBytes", "hub's peak memory", "B"),
    ],
    checks: { results in
      let (scale, _, _) = load(results.extent.form)
      let target = load(.full).batches
      return [
        Check(
          "entries/s", results.median("entriesPerSecond", "hub", scale), atLeast: 60_000, "", at: scale,
          target: target),
        Check("p99", results.median("p99Seconds", "hub", scale), atMost: 0.25, "s", at: scale, target: target),
        Check("errors", results.median("errors", "hub", scale), atMost: 0, "", at: scale, target: target),
        Check("lost", results.median("lost", "hub", scale), atMost: 0, "", at: scale, target: target),
      ]
    })

  static let fetch = Workload(
    name: "fetch", title: "a new committee laptop fetches everything over loopback, durable at both ends",
    target: "1M entries: ≥ 0.4 × raw indexed SQLite insert, end to end; laptop's memory below 150 MB",
    probes: { extent in
      extent.entryScales.flatMap { scale in
        [
          Probe("laptop", scale, .own("fetch", [:]), once: extent.form == .short && scale.count >= 100_000)
            .prepared(by: "prepare", ["hub": "1"]),
          Probe("raw SQLite", scale, .own("raw-insert", [:])),
        ]
      }
    },
    columns: [
      Workload.Column("entriesPerSecond", "entries/s", ""), Workload.Column("seconds", "time", "s"),
      Workload.Column("peakBytes", "peak memory", "B"), Workload.Column("hubPeakBytes", "hub's peak memory", "B"),
      Workload.Column("cpuSeconds", "CPU", "s"), Workload.Column("hubSeconds", "hub's CPU", "s"),
      Workload.Column("roundTrips", "round trips", ""), Workload.Column("bytesPerEntry", "bytes an entry", "B"),
    ],
    checks: { results in
      let scale = results.extent.entryScales.last ?? million
      return [
        Check(
          "rate of raw SQLite's", results.ratio("entriesPerSecond", "laptop", to: "raw SQLite", at: scale),
          atLeast: 0.4, at: scale, target: million),
        Check(
          "memory", results.median("peakBytes", "laptop", scale), atMost: 150e6, "B", at: scale, target: million),
      ]
    })

  static let start = Workload(
    name: "start", title: "a hub with many logs, ten entries each, starts",
    target: "100k logs, 1M entries: ready within 2 s, ≤ 200 MB resident",
    probes: { extent in
      extent.logScales.filter { $0.count <= 100_000 }.map { scale in
        Probe("hub", scale, .own("start", [:])).prepared(by: "prepare-logs")
      }
    },
    columns: [
      Workload.Column("readySeconds", "ready after", "s"), Workload.Column("residentBytes", "resident", "B"),
      Workload.Column("firstAnswerSeconds", "first answer after", "s"),
    ],
    checks: { results in
      let target = Scale(100_000)
      let scale = results.extent.logScales.filter { $0.count <= target.count }.last ?? target
      return [
        Check("ready", results.median("readySeconds", "hub", scale), atMost: 2, "s", at: scale, target: target),
        Check(
          "resident", results.median("residentBytes", "hub", scale), atMost: 200e6, "B", at: scale, target: target),
      ]
    })

  static let tool = Workload(
    name: "tool", title: "unitcli set, status, and sync with nothing new: the whole process",
    target: "100k-entry workspace: ≤ 50 ms each",
    probes: { extent in
      let scale = extent.toolScale
      return [
        Probe("unitcli", scale, .own("tool", ["runs": extent.form == .tiny ? "1" : "11"]), once: extent.form != .full)
          .prepared(by: "prepare", ["hub": "1"])
      ]
    },
    columns: [
      Workload.Column("setSeconds", "set", "s"), Workload.Column("statusSeconds", "status", "s"),
      Workload.Column("syncSeconds", "sync", "s"), Workload.Column("firstSyncSeconds", "first sync", "s"),
      Workload.Column("peakBytes", "peak memory", "B"),
    ],
    checks: { results in
      let scale = results.extent.toolScale
      return ["set", "status", "sync"].map { name in
        Check(
          name, results.median("\(name)Seconds", "unitcli", scale), atMost: 0.05, "s", at: scale,
          target: Scale(100_000))
      }
    })
}
