/// A form that is nearly always a slip for another: a look-alike from optical recognition, or a common misspelling.
struct ConfusedForm {
  let written: String
  /// What was probably meant; several are separated by 或.
  let probably: String
  /// Characters before or after which the form is right (属于部门).
  let rightAfter: Set<Character>
  let rightBefore: Set<Character>

  init(_ written: String, _ probably: String, rightAfter: String = "", rightBefore: String = "") {
    self.written = written
    self.probably = probably
    self.rightAfter = Set(rightAfter)
    self.rightBefore = Set(rightBefore)
  }

  /// Kept short: every entry was met in a document or is a notorious pair. A few (失职党员) can be meant as written,
  /// which is why they are asked about.
  static let all = [
    ConfusedForm("宫僚", "官僚"),
    ConfusedForm("于部", "干部", rightAfter: "关属位由对基用处等至限低高出在归源终忠利", rightBefore: "分门署队委长级属"),
    ConfusedForm("太科生", "本科生或专科生"),
    ConfusedForm("事业展", "事业发展"),
    ConfusedForm("规则议事规则", "议事规则"),
    ConfusedForm("登陆系统", "登录系统"),
    ConfusedForm("登陆平台", "登录平台"),
    ConfusedForm("准备无误", "准确无误"),
    ConfusedForm("失职党员", "失联党员"),
    ConfusedForm("党收缴", "党费收缴"),
    ConfusedForm("台帐", "台账"),
    ConfusedForm("帐号", "账号"),
    ConfusedForm("帐户", "账户"),
    ConfusedForm("布署", "部署"),
    ConfusedForm("部暑", "部署"),
    ConfusedForm("既使", "即使"),
    ConfusedForm("己经", "已经"),
    ConfusedForm("自已", "自己"),
    ConfusedForm("签定", "签订"),
    ConfusedForm("复盖", "覆盖"),
    ConfusedForm("园满", "圆满"),
    ConfusedForm("坚苦", "艰苦"),
    ConfusedForm("按装", "安装"),
    ConfusedForm("不忘初心，牢记使命", "不忘初心、牢记使命"),
  ]

  /// Variant and traditional characters that turn up in simplified text, mostly from optical recognition.
  static let variants: [Character: Character] = [
    "査": "查", "硏": "研", "內": "内", "戶": "户", "産": "产", "爲": "为", "說": "说", "黨": "党", "敎": "教", "髙": "高", "靑": "青",
    "値": "值", "鄕": "乡", "卽": "即", "旣": "既", "淸": "清", "眞": "真", "録": "录", "淨": "净", "強": "强",
  ]
}
