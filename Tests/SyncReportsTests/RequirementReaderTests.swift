import SyncModel
import SyncReports
import Testing

@Suite("What an item asks for in numbers is read from its own words")
struct RequirementReaderTests {
  /// `支委会：1次/month`, with `~` for a norm with room and `*` for each.
  private func read(_ text: String) -> [String] {
    RequirementReader.requirements(in: text).map { found in
      let amount = found.amount.map { "\($0)\(found.measure)" } ?? "-"
      let marks = (found.isSoft ? "~" : "") + (found.isEach ? "*" : "")
      let kind = found.kind == .cadence ? "" : found.kind.name + " "
      return "\(kind)\(found.what)：\(amount)/\(found.period?.name ?? "-")\(marks)"
    }
  }

  @Test(
    "cadences with their number",
    arguments: [
      ("每月至少召开一次支委会。", ["支委会：1次/month"]), ("每季度开展1—2次志愿服务。", ["志愿服务：1次/quarter"]),
      ("每年不少于３２个学时", ["：32学时/year"]), ("读书会每月召开两次，", ["读书会：2次/month"]),
      ("楼长每年至少讲1次消防课。", ["楼长讲消防课：1次/year"]), ("一年至少四次演练。", ["演练：4次/year"]),
      ("每位教师每年参加急救培训不少于10个学时，", ["教师急救培训：10学时/year*"]), ("巡查2次/周。", ["巡查：2次/week"]),
      ("原则上每学期听课不少于4次、谈话不少于10人次。", ["听课：4次/term~", "谈话：10人次/term"]),
      ("每周五次值班。", ["值班：5次/week"]), ("每年12月底前召开一次总结会", ["总结会：1次/year"]),
      ("每季度召开一次联席会、开展一次研判，每半年汇报一次工作。", ["联席会：1次/quarter", "研判：1次/quarter", "汇报工作：1次/halfYear"]),
      ("每年至少检查2次电路，并向后勤处汇报1次。", ["检查电路：2次/year", "向后勤处汇报：1次/year"]),
      ("按年度组织培训，时间一般不少于32学时。", ["培训：32学时/year~"]), ("思想小结每季度一篇，每年四篇", ["思想小结：1篇/quarter", "思想小结：4篇/year"]),
    ])
  func cadences(text: String, expected: [String]) {
    #expect(read(text) == expected)
  }

  @Test(
    "what is asked for in one stretch of time is asked for once, not in each of its kind",
    arguments: [
      ("上半年至少1次专题研究安全。", ["专题研究安全（上半年）：1次/-"]), ("下半年召开1次楼长会。", ["楼长会（下半年）：1次/-"]),
      ("一季度至少召开2次楼长会。", ["楼长会（一季度）：2次/-"]), ("第四季度开展1次演练。", ["演练（第四季度）：1次/-"]),
      ("本年度不少于4次演练。", ["演练（本年度）：4次/-"]), ("今年至少开展2次演练。", ["演练（今年）：2次/-"]),
      ("三月至少开展1次演练。", ["演练（三月）：1次/-"]), ("12月底前召开1次总结会。", ["总结会（12月底前）：1次/-"]),
      ("2026年上半年至少开展1次演练。", ["演练（2026年上半年）：1次/-"]), ("本学期听课不少于4次。", ["听课（本学期）：4次/-"]),
      ("每季度召开1次楼长会，第四季度召开2次。", ["楼长会：1次/quarter", "楼长会（第四季度）：2次/-"]),
      ("每半年汇报1次工作，上半年检查2次。", ["汇报工作：1次/halfYear", "检查（上半年）：2次/-"]),
      ("全年不少于4次演练。", ["演练：4次/year"]), ("一季度一次楼长会。", ["楼长会：1次/quarter"]),
    ])
  func stretches(text: String, expected: [String]) {
    #expect(read(text) == expected)
  }

  @Test("lists, pairs and what takes the place of one that does not exist")
  func lists() {
    #expect(read("每月召开1次小组会（不设小组的支部召开大会）和支委会会议。") == ["小组会：1次/month", "支委会会议：1次/month"])
    #expect(RequirementReader.requirements(in: "每月召开1次小组会（不设小组的支部召开大会）和支委会会议。").map(\.substitute) == ["大会", ""])
    #expect(read("室友之间、楼长和室友之间，每年谈心一般不少于1次。") == ["谈心（室友之间）：1次/year~", "谈心（楼长和室友之间）：1次/year~"])
  }

  @Test(
    "once where only the period is written; without a number where the text leaves it open",
    arguments: [
      ("是否每周登录系统进行维护。", ["登录系统进行维护：1次/week"]), ("院长每学期讲安全课和急救课制度。", ["院长讲安全课：1次/term", "院长讲急救课：1次/term"]),
      ("水费是否一月一交。", ["水费交：1次/month"]), ("每年确定一定数量的示范宿舍。", ["确定一定数量的示范宿舍：-/year"]), ("定期检查灭火器。", ["检查灭火器：-/-"]),
      ("经常联系群众。", ["联系群众：-/-"]), ("每月15日为清洁日。", ["清洁日：1次/month"]), ("每周一上午检查。", ["上午检查：1次/week"]),
    ])
  func implied(text: String, expected: [String]) {
    #expect(read(text) == expected)
  }

  @Test(
    "posts to fill, limits and targets",
    arguments: [
      ("至少配备1至2名楼长。", ["quota 楼长：1名/-"]), ("每个院要配备1名专职管理员", ["quota 每个院专职管理员：1名/-"]),
      ("人数一般在30人以内，不得超过50人。", ["limit 人数：30人/-~", "limit 人数：50人/-"]), ("实现消防培训全覆盖。", ["quota 消防培训：100%/-"]),
      ("参加率不低于90％。", ["quota 参加率：90%/-"]), ("力争3年内使楼长普遍持证。", ["target 使楼长持证：-/threeYears~"]),
      ("是否有专人负责收缴。", ["quota 负责收缴：1名/-"]),
    ])
  func others(text: String, expected: [String]) {
    #expect(read(text) == expected)
  }

  @Test(
    "numbers that ask for nothing in a period are passed over",
    arguments: [
      "落实“三会一课”制度。", "坚定“四个意识”。", "第一次会议的记录。", "连续三次不参加的要谈话。", "提前3天通知。", "每次不少于2小时。", "进行1次全面检查。",
      "每两年换届一次。", "每届任期三年。", "做到一人一档。", "记录保存5年。", "近一年的材料。", "学生一年级的名单。", "每年的经验。", "每年1月和7月各召开一次会。",
      "每年人均捐书3本。", "经常性教育有序推进，组织生活经常、认真。", "定期或不定期抽查。", "党的十九大以来。", "一次性告知。", "2021年3月5日前报送。",
    ])
  func nothing(text: String) {
    #expect(read(text) == [])
  }

  @Test("the words it was read from are quoted as they stand, and what was read survives a template's bytes")
  func quotes() throws {
    let text = "认真落实制度。坚持院长　每学期讲１次安全课，有记录；其他。"
    let found = RequirementReader.requirements(in: text)
    #expect(found.map(\.quote) == ["坚持院长　每学期讲１次安全课"])
    #expect(found.allSatisfy { text.contains($0.quote) })
    let later = "每月相对固定时间，全面推行清洁日活动，防止走过场。"
    #expect(RequirementReader.requirements(in: later).map(\.what) == ["清洁日活动"])
    #expect(RequirementReader.requirements(in: later).map(\.quote) == ["每月相对固定时间，全面推行清洁日活动"])
    let template = Template(title: "甲", kind: .guide, sections: [.init(text: text, requirements: found)])
    #expect(try Template(bytes: template.bytes) == template)
  }

  @Test("whatever the text, it ends, and an item gets no more than it may hold")
  func bounds() {
    #expect(RequirementReader.requirements(in: String(repeating: "每月召开1次会。", count: 500)).count == Template.columnLimit)
    for text in [
      "", "每", "每月", "1", "次", "每月次", "（", "每月（1次", "，，每年，", "一一一一", "百分之", "至少", "不少于%", "1.1.1次", "每月99999999999次",
      "“每月1次",
    ] {
      _ = RequirementReader.requirements(in: text)
    }
    var state: UInt64 = 7
    let alphabet = Array("每月年季度一二两十1２次个学时名人%，、。（）“”至少不超过各开召会定期之间力争3年内全覆盖半")
    for _ in 0..<2_000 {
      let text = String(
        (0..<24).map { _ -> Character in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return alphabet[Int(state >> 33) % alphabet.count]
        })
      for found in RequirementReader.requirements(in: text) { #expect(text.contains(found.quote), "\(text)") }
    }
  }
}
