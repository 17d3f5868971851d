import SyncModel

/// Why a hub could not be talked to. Nothing that was entered is lost, and what arrived before is stored.
public enum TransportError: ExplainedError, Hashable {
  case badAddress(String)
  case plainHTTP(String)
  case unreachable(address: String, reason: Unreachable)
  case brokenOff(address: String)
  case notAHub(address: String, status: Int)
  case tooLarge
  case noHub
  /// Another process of this workspace is at it.
  case alreadySyncing
  /// Another device answers than the one known at this address.
  case hubChanged(address: String)
  /// The directory does not know the hub's device, or grants it nothing.
  case hubNotEnrolled(address: String)
  /// The directory says that it is another unit's.
  case hubUnit(address: String)
  /// The certificate's key is not the pinned one.
  case certificatePin(address: String)
  /// No authority of this system vouches for the certificate, or it is for another name.
  case certificate(address: String)
  case badPin(String)
  /// What should be signed cannot stand in a header field.
  case cannotSign

  public var code: String {
    switch self {
    case .badAddress: "badAddress"
    case .plainHTTP: "plainHTTP"
    case .unreachable: "hubUnreachable"
    case .brokenOff: "hubBrokeOff"
    case .notAHub: "notAHub"
    case .tooLarge: "answerTooLarge"
    case .noHub: "noHub"
    case .alreadySyncing: "alreadySyncing"
    case .hubChanged: "hubChanged"
    case .hubNotEnrolled: "hubNotEnrolled"
    case .hubUnit: "hubUnit"
    case .certificatePin: "certificatePin"
    case .certificate: "certificate"
    case .badPin: "badPin"
    case .cannotSign: "cannotSign"
    }
  }

  public var message: String {
    switch self {
    case .badAddress(let text): "“\(text)”不是汇总点地址"
    case .plainHTTP(let text): "\(text) 不在本机，明文 http 会泄露资料"
    case .unreachable(let address, let reason): "连不上汇总点 \(address)（\(reason.words)）"
    case .brokenOff(let address): "与汇总点 \(address) 的连接中途断开；已收到的都已存好"
    case .notAHub(let address, let status): "\(address) 不像是汇总点（回答 \(status)）"
    case .tooLarge: "汇总点的回答超出上限，已拒收"
    case .noHub: "还不知道汇总点的地址"
    case .alreadySyncing: "另一个程序正在同步这份资料"
    case .hubChanged(let address): "\(address) 的汇总点换了一台设备，与原先认得的不同；没有交换任何内容"
    case .hubNotEnrolled(let address): "\(address) 的汇总点没有在本校登记，没有把本机内容交给它"
    case .hubUnit(let address): "\(address) 的汇总点自称的单位与登记的不符，没有收下它的回答"
    case .certificatePin(let address): "\(address) 的证书与邀请里写明的不符，没有发送任何内容"
    case .certificate(let address): "\(address) 的证书不被本机系统信任，没有发送任何内容"
    case .badPin(let text): "“\(text)”不是证书指纹"
    case .cannotSign: "请求无法签名"
    }
  }

  public var hint: String {
    switch self {
    case .badAddress: "地址应像 http://127.0.0.1:8440 或 https://hub.example.edu.cn"
    case .plainHTTP: "请改用 https 地址；确实只能明文时，加 --plain-http-without-encryption（内容会被沿途的人看到）"
    case .unreachable: "请检查网络，稍后再同步；填写的内容都在本机，不会丢"
    case .brokenOff: "再同步一次会从断处接着来"
    case .notAHub, .tooLarge: "请向上级核对汇总点地址"
    case .alreadySyncing: "不用再做什么；想看结果，稍后运行 unitcli status"
    case .noHub: "请运行 unitcli sync --hub 地址（以后会记住）"
    case .hubChanged: "请先向上级管理员核实；确实换了设备，并且新设备已登记，请运行 unitcli sync --hub 地址 --trust-new-hub"
    case .hubNotEnrolled, .hubUnit: "请向上级管理员核对汇总点地址，以及那台设备的登记"
    case .certificatePin: "请向上级管理员核实；汇总点确实换了证书，请运行 unitcli sync --hub 地址 --hub-pin 新指纹"
    case .certificate: "请向上级要一份新邀请（内含证书指纹），或运行 unitcli sync --hub 地址 --hub-pin 指纹"
    case .badPin: "指纹是 64 位十六进制数，汇总点启动时会显示"
    case .cannotSign: "请升级本机软件"
    }
  }

  public var retry: Bool {
    switch self {
    case .unreachable, .brokenOff, .alreadySyncing: true
    default: false
    }
  }
}

/// Why nobody answered at an address, as far as this machine can tell.
public enum Unreachable: Hashable, Sendable {
  /// No way there: no network, or not that one.
  case noRoute
  /// The name means nothing to this machine's network.
  case unknownName
  /// The machine is there, no program listens.
  case refused
  case timedOut
  /// A server in between says that it cannot reach the hub.
  case gateway(status: Int)
  case other

  public var words: String {
    switch self {
    case .noRoute: "没有可用的网络"
    case .unknownName: "找不到这个名字，可能没有网络"
    case .refused: "没有程序在那里应答"
    case .timedOut: "超时"
    case .gateway(let status): "中间的服务器回答 \(status)"
    case .other: "网络错误"
    }
  }
}
