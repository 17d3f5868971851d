import SyncEngine
import SyncModel

/// Why a replica did not take something in, in words: where a bundle is read and where a hub has refused.
extension Exchange.Refusal.Reason {
  /// What scripts read.
  var name: String {
    switch self {
    case .scope: "scope"
    case .evidence: "evidence"
    case .room: "room"
    case .malformed: "malformed"
    case .newerVersion: "newerVersion"
    default: "other"
    }
  }

  var words: String {
    switch self {
    case .scope: "不在本单位的范围"
    case .evidence: "签名或校验不符"
    case .room: "等待的内容太多"
    case .malformed: "格式不对"
    case .newerVersion: "需要新版本"
    default: "其他原因"
    }
  }

  /// What helps where a hub refuses: one step for each reason.
  var nextStepAtHub: String {
    switch self {
    case .scope: "请用 unitcli unit list 核对隶属关系，刚调整过的请稍后再同步"
    case .evidence: "请在本机运行 unitcli verify，把结果告诉上级管理员"
    case .room: "请汇总点的管理员运行 unitcli audit 查看，处理后再同步"
    case .malformed: "请升级本机软件后再同步"
    case .newerVersion: "请汇总点的管理员升级软件后再同步"
    default: "请升级本机软件，看清原因后再同步"
    }
  }
}

extension Exchange.Refusal {
  /// One refused feed, for scripts.
  var json: JSON {
    [
      "log": .text(log.description), "replica": .text(replica.description), "seq": .integer(Int(seq)),
      "reason": .text(reason.name),
    ]
  }
}
