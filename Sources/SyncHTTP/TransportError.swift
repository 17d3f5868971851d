import SyncModel

/// Why a hub could not be talked to. Nothing that was entered is lost, and what arrived before is stored.
public enum TransportError: ExplainedError, Hashable {
  case badAddress(String)
  case plainHTTP(String)
  case unreachable(address: String, detail: String)
  case brokenOff(address: String)
  case notAHub(address: String, status: Int)
  case tooLarge
  case noHub

  public var code: String {
    switch self {
    case .badAddress: "badAddress"
    case .plainHTTP: "plainHTTP"
    case .unreachable: "hubUnreachable"
    case .brokenOff: "hubBrokeOff"
    case .notAHub: "notAHub"
    case .tooLarge: "answerTooLarge"
    case .noHub: "noHub"
    }
  }

  public var message: String {
    switch self {
    case .badAddress(let text): "“\(text)”不是汇总点地址"
    case .plainHTTP(let text): "\(text) 不在本机，明文 http 会泄露资料"
    case .unreachable(let address, let detail): "连不上汇总点 \(address)（\(detail)）"
    case .brokenOff(let address): "与汇总点 \(address) 的连接中途断开；已收到的都已存好"
    case .notAHub(let address, let status): "\(address) 不像是汇总点（回答 \(status)）"
    case .tooLarge: "汇总点的回答超出上限，已拒收"
    case .noHub: "还不知道汇总点的地址"
    }
  }

  public var hint: String {
    switch self {
    case .badAddress: "地址应像 http://127.0.0.1:8440 或 https://hub.example.edu.cn"
    case .plainHTTP: "请改用 https 地址"
    case .unreachable: "请检查网络，稍后再同步；填写的内容都在本机，不会丢"
    case .brokenOff: "再同步一次会从断处接着来"
    case .notAHub, .tooLarge: "请向上级核对汇总点地址"
    case .noHub: "请运行 unitcli sync --hub 地址（以后会记住）"
    }
  }

  public var retry: Bool {
    switch self {
    case .unreachable, .brokenOff: true
    default: false
    }
  }
}
