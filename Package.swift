// swift-tools-version: 6.1
import PackageDescription

/// One package, no packages inside it. An arrow points at what is imported; nothing runs the other way:
///
///     SyncModel  <-  SyncEngine  <-  SyncHTTP     <-  syncd, unitcli
///         ^             ^------------ SyncReports <-  syncd, unitcli
///         ^------------ SyncTemplates             <-  syncd, unitcli
///
/// `templatec` (on SyncModel) checks the data files of SyncTemplates and makes Swift of them in every build.
/// `scripts/check` builds with `--explicit-target-dependency-import-check error`, which keeps the arrows true.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "unitsync",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "syncd", targets: ["syncd"]),
    .executable(name: "unitcli", targets: ["unitcli"]),
    .executable(name: "syncbench", targets: ["syncbench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-structured-headers", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(name: "SyncModel", swiftSettings: strict),
    .executableTarget(name: "templatec", dependencies: ["SyncModel"], swiftSettings: strict),
    .plugin(
      name: "TemplatePlugin", capability: .buildTool(), dependencies: ["templatec"], path: "Sources/TemplatePlugin"),
    .target(
      name: "SyncTemplates", dependencies: ["SyncModel"], exclude: ["Data", "template.schema.json"],
      swiftSettings: strict, plugins: ["TemplatePlugin"]),
    .target(
      name: "SyncEngine",
      dependencies: [
        "SyncModel", "CNettle",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .target(
      name: "SyncHTTP",
      dependencies: [
        "SyncModel", "SyncEngine", "CZstd",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "RawStructuredFieldValues", package: "swift-http-structured-headers"),
      ],
      swiftSettings: strict),
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"]), .brew(["nettle"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
    .systemLibrary(
      name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"]), .brew(["qrencode"])]),
    .systemLibrary(
      name: "CXlsxwriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"]), .brew(["libxlsxwriter"])]),
    .target(
      name: "SyncReports", dependencies: ["SyncModel", "SyncEngine", "CArchive", "CQREncode", "CXlsxwriter"],
      swiftSettings: strict),
    .executableTarget(
      name: "syncd",
      dependencies: [
        "SyncModel", "SyncEngine", "SyncHTTP", "SyncReports", "SyncTemplates",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "unitcli",
      dependencies: [
        "SyncModel", "SyncEngine", "SyncHTTP", "SyncReports", "SyncTemplates",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .target(
      name: "SyncTesting",
      dependencies: [
        "SyncModel", "SyncEngine", "SyncTemplates", .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "simulate",
      dependencies: ["SyncTesting", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict),
    .executableTarget(
      name: "syncbench",
      dependencies: [
        "SyncModel", "SyncEngine", "SyncHTTP", "SyncReports", "SyncTemplates", "SyncTesting",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SyncModelTests", dependencies: ["SyncModel", "SyncTemplates", "SyncTesting", "templatec"],
      swiftSettings: strict),
    .testTarget(
      name: "SyncEngineTests", dependencies: ["SyncModel", "SyncEngine", "SyncTemplates", "SyncTesting"],
      exclude: ["Golden/vectors.txt"], swiftSettings: strict),
    .testTarget(
      name: "SyncReportsTests",
      dependencies: ["SyncModel", "SyncEngine", "SyncReports", "SyncTemplates", "SyncTesting", "CArchive"],
      exclude: ["Document/Independent"], swiftSettings: strict),
    .testTarget(
      name: "SyncHTTPTests",
      dependencies: [
        "SyncModel", "SyncEngine", "SyncHTTP", "SyncTesting", "syncd", "CZstd",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      exclude: ["Independent"], swiftSettings: strict),
    .testTarget(
      name: "UnitcliTests",
      dependencies: [
        "unitcli", "SyncModel", "SyncEngine", "SyncReports", "SyncHTTP", "SyncTesting", "SyncTemplates",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["Independent"], swiftSettings: strict),
    .testTarget(
      name: "SyncbenchTests", dependencies: ["syncbench", "SyncModel", "SyncEngine", "SyncTesting"],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "SyncModel", "SyncEngine", "SyncHTTP", "SyncTemplates", "SyncTesting", "syncd", "unitcli",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
  ]
)
