import Foundation
import NIOCore
import SyncModel

/// Why the hub could not start to listen.
enum ListenError: ExplainedError, Hashable {
  case badAddress(String)
  case badURL(String)
  case badCertificate(String)
  case halfCertificate
  case plainAndTLS
  case badLogLevel(String)
  case badInterval(String)
  case badSize(String)
  case portTaken(String)
  case addressNotHere(String)
  case notAllowed(String)
  case other(String, reason: String)

  /// Why the system did not let it listen at `address`.
  init(listening address: String, _ error: IOError) {
    switch error.errnoCode {
    case EADDRINUSE: self = .portTaken(address)
    case EADDRNOTAVAIL: self = .addressNotHere(address)
    case EACCES, EPERM: self = .notAllowed(address)
    default: self = .other(address, reason: error.description)
    }
  }

  var code: String {
    switch self {
    case .badAddress: "badAddress"
    case .badURL: "badURL"
    case .badCertificate: "badCertificate"
    case .halfCertificate: "halfCertificate"
    case .plainAndTLS: "plainAndTLS"
    case .badLogLevel: "badLogLevel"
    case .badInterval: "badInterval"
    case .badSize: "badSize"
    case .portTaken: "portTaken"
    case .addressNotHere: "addressNotHere"
    case .notAllowed: "listenNotAllowed"
    case .other: "cannotListen"
    }
  }

  var message: String {
    switch self {
    case .badAddress(let text): "“\(text)”不是监听地址"
    case .badURL(let text): "“\(text)”不是对外地址"
    case .badCertificate(let path): "证书或它的私钥用不了：\(path)"
    case .halfCertificate: "只给了证书或私钥中的一个"
    case .plainAndTLS: "既要加密又要明文，互相矛盾"
    case .badLogLevel(let text): "“\(text)”不是日志级别"
    case .badInterval(let text): "“\(text)”不是间隔"
    case .badSize(let text): "“\(text)”不是大小"
    case .portTaken(let address): "监听地址 \(address) 已被占用"
    case .addressNotHere(let address): "本机没有监听地址 \(address)"
    case .notAllowed(let address): "没有权限在 \(address) 监听"
    case .other(let address, let reason): "不能在 \(address) 监听：\(reason)"
    }
  }

  var hint: String {
    switch self {
    case .badAddress: "请写成 127.0.0.1:8440"
    case .badURL: "请写成 https://hub.example.edu.cn:8440"
    case .badCertificate: "请检查两个文件都是 PEM 格式、能读、互相配套"
    case .halfCertificate: "请同时写 --tls-certificate 和 --tls-key"
    case .plainAndTLS: "请只保留一种"
    case .badLogLevel: "可以是 trace、debug、info、notice、warning、error"
    case .badInterval: "请写成 30s、15m 或 1h"
    case .badSize: "请写成 500M、8G 或 1T"
    case .portTaken: "可能汇总点已经开着；也可以用 --listen 换一个端口"
    case .addressNotHere: "请写本机网卡上的地址；0.0.0.0 表示本机所有地址"
    case .notAllowed: "1024 以下的端口要管理员权限；请用 --listen 换一个端口"
    case .other: "请用 --listen 换一个地址或端口"
    }
  }
}
