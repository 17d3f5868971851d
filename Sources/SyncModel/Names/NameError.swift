/// Why a name is not written; nothing was changed.
public enum NameError: ExplainedError, Hashable {
  case empty(String)
  case tooLong(String, Int, limit: Int)
  case tooManyScalars(String, limit: Int)
  case tooManyMarks(String, place: Int, limit: Int)
  case character(String, Unicode.Scalar, NameFault, place: Int)

  public var code: String {
    switch self {
    case .empty: "emptyName"
    case .tooLong, .tooManyScalars, .tooManyMarks: "nameTooLong"
    case .character: "nameCharacter"
    }
  }

  public var message: String {
    switch self {
    case .empty(let title): "\(title)不能为空，也不能只有看不见的字符"
    case .tooLong(let title, let count, let limit): "\(title)太长（\(count) 字），最多 \(limit) 字"
    case .tooManyScalars(let title, let limit): "\(title)太长，最多 \(limit) 个编码（附加符号各算一个）"
    case .tooManyMarks(let title, let place, let limit): "\(title)第 \(place) 个字符前的附加符号太多，一个字最多 \(limit) 个"
    case .character(let title, let scalar, let fault, let place):
      "\(title)第 \(place) 个字符 \(scalar.codePoint) 不能用：\(fault.title)"
    }
  }

  public var hint: String {
    switch self {
    case .empty: "请写上名称"
    case .tooLong, .tooManyScalars: "请写短一些"
    case .tooManyMarks: "请去掉多余的附加符号"
    case .character(_, _, let fault, _): fault.hint
    }
  }
}

extension NameFault {
  var title: String {
    switch self {
    case .lineEnd: "是换行"
    case .control: "是控制字符"
    case .direction: "会改变文字方向，却看不见"
    case .invisible: "看不见"
    case .unreadable: "是认不出的字节换成的"
    case .privateUse: "是自造字，别的电脑上显示不出"
    case .unassigned: "还没有统一编码，别的电脑上显示不出"
    case .leading: "是附加符号，前面要有字"
    }
  }

  var hint: String {
    switch self {
    case .lineEnd: "名称请写在一行里"
    case .control, .direction, .invisible: "请删去这个字符；从网页或文档复制的，请改用键盘打一遍"
    case .unreadable: "请把终端或文件的编码改为 UTF-8，再写一次"
    case .privateUse, .unassigned: "请换成通用的字；没有通用字的，可以写拼音"
    case .leading: "请检查开头是不是漏了字"
    }
  }
}
