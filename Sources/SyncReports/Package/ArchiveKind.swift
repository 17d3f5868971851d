/// What a zip archive is, told by the names in it.
enum ArchiveKind {
  static let workbook = "表格（.xlsx）"

  private static let marks: [(name: String, kind: String)] = [
    ("word/document.xml", "Word 文档"), ("xl/workbook.xml", workbook), ("xl/workbook.bin", "二进制表格（.xlsb）"),
    ("ppt/presentation.xml", "演示文稿"),
    ("OFD.xml", "版式文件（.ofd）"), ("content.xml", "OpenDocument 文件（.odt、.ods 等）"),
    ("META-INF/container.xml", "电子书（.epub）"), ("AndroidManifest.xml", "安装包"),
  ]

  /// nil for an archive of anything else.
  static func name(_ names: Set<String>) -> String? { marks.first(where: { names.contains($0.name) })?.kind }
}
