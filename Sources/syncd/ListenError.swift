import SyncModel

/// Why the hub could not start to listen.
enum ListenError: ExplainedError, Hashable {
  case badAddress(String)
  case beyondThisMachine(String)
  case badInterval(String)
  case portTaken(String)

  var code: String {
    switch self {
    case .badAddress: "badAddress"
    case .beyondThisMachine: "beyondThisMachine"
    case .badInterval: "badInterval"
    case .portTaken: "portTaken"
    }
  }

  var message: String {
    switch self {
    case .badAddress(let text): "“\(text)”不是监听地址"
    case .beyondThisMachine(let text): "不能在 \(text) 上监听：这一版没有加密连接，只在本机地址上监听"
    case .badInterval(let text): "“\(text)”不是间隔"
    case .portTaken(let address): "监听地址 \(address) 已被占用"
    }
  }

  var hint: String {
    switch self {
    case .badAddress: "请写成 127.0.0.1:8440"
    case .beyondThisMachine: "请监听 127.0.0.1，对外用 https 反向代理"
    case .badInterval: "请写成 30s、15m 或 1h"
    case .portTaken: "可能汇总点已经开着；也可以用 --listen 换一个端口"
    }
  }
}
