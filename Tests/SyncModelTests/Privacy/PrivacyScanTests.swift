import SyncModel
import SyncTemplates
import Testing

/// Numbers here are the standards' own examples or made up for the test.
@Suite("What is never written is found")
struct PrivacyScanTests {
  @Test(
    "密级 marks as documents carry them",
    arguments: [
      "绝密★10年", "机密★", "机密 ★ 长期", "秘密★1年", "机密☆6个月", "秘密*1年", "绝密★启用前", "机密★2030年12月31日",
      "【秘密】", "【机密★1年】关于报送名册的通知", "[机密]名册", "（机密）", "(秘密) 关于报送名册的通知", "关于报送名册的通知（机密）",
      "〔绝密〕名册", "密级：机密", "密 级: 秘密", "密级：☑机密", "密级：【机密】", "保密等级：秘密级", "涉密等级：绝密",
      "机密", " 机 密 ", "秘密  5年", "绝密级", "机密件", "秘密\u{200b}★1年", "機密★", "第一行\n机密★1年\n第三行", "见附件：机密★1年-名册",
      "“秘密★1年”",
    ])
  func marks(text: String) throws {
    let finding = try #require(PrivacyScan.findings(in: text).first)
    #expect(finding.rule == .secrecyMark)
    #expect(PrivacyScan.secrecyMark(in: text) == finding)
  }

  @Test(
    "talking about secrecy is no mark",
    arguments: [
      "保密工作", "机密文件管理制度学习", "秘密投票", "采取无记名投票方式秘密选举", "保守党和国家的秘密", "学习《中华人民共和国保守国家秘密法》",
      "国家秘密分为绝密、机密、秘密三级", "密级：绝密、机密、秘密", "密级：□绝密 □机密 □秘密", "密级：公开", "密级：", "密级：内部",
      "内部资料", "【内部资料】", "工作秘密", "（商业秘密）", "涉密人员", "定密责任人", "首页标注“秘密★1年”的文件不得上网", "机密级计算机不得接入互联网",
      "开展涉密（机密、秘密）载体清查", "机密文件", "绝密档案展", "秘密警察", "密切联系群众", "★五星支部", "评为五星★★★★★支部", "保密★承诺书签订",
      "对（秘密）事项的管理按规定办理", "通信自由和通信秘密", "机密*见注",
    ])
  func talk(text: String) {
    #expect(PrivacyScan.findings(in: text) == [])
  }

  @Test(
    "numbers of identity cards, however they are written",
    arguments: [
      ("11010519491231002X", "11**************2X"), ("身份证号：11010519491231002x。", "11**************2x"),
      ("张三 210203200002291231", "21**************31"), ("210203 20000229 1231", "21**************31"),
      ("210203-2000-0229-1231", "21**************31"), ("２１０２０３２０００02291231", "21**************31"),
      ("2 1 0 2 0 3 2 0 0 0 0 2 2 9 1 2 3 1", "21**************31"),
      ("2102\u{200b}03200002291231号", "21**************31"),
      ("1.210203200002291231", "21**************31"), ("11010519491231002 X", "11**************2X"),
      ("ID210203200002291231", "21**************31"), ("810000198506150039", "81**************39"),
      ("911123199003074571", "91**************71"), ("441900198808088817", "44**************17"),
      ("210203　20000229　1231", "21**************31"), ("210203–20000229–1231", "21**************31"),
    ])
  func residents(text: String, masked: String) throws {
    let finding = try #require(PrivacyScan.findings(in: text).first)
    #expect(finding.rule == .residentID)
    #expect(finding.masked == masked)
  }

  @Test(
    "identity numbers of the first generation",
    arguments: ["110105491231002", "身份证 110105 491231 002", "号110105-49-12-31-002"])
  func oldResidents(text: String) {
    #expect(PrivacyScan.findings(in: text).map(\.rule) == [.residentIDOld])
  }

  @Test(
    "bank cards, in one piece and in groups",
    arguments: [
      "6222021234567890128", "6222 0212 3456 7890 128", "6222-0212-3456-7890-128", "622202 1234567890128",
      "６２２２０２１２３４５６７８９０１２８", "6217001234567893", "6228481234567894，农行", "9558801234567890128",
      "4367421234567890129", "4111 1111 1111 1111", "5500005555555559", "378282246310005", "3782 822463 10005",
      "1.6222021234567890128", "卡号6222021234567890128李四", "6222 0212 3456 7890 128 2024", "2024 6217 0012 3456 7893",
    ])
  func cards(text: String) {
    #expect(PrivacyScan.findings(in: text).map(\.rule) == [.bankCard])
  }

  @Test(
    "passports and permits where a word says so",
    arguments: [
      "护照号码：E12345678", "护照 EA1234567", "持因公护照SE1234567出访", "护照：Ｇ12345678", "Passport No. G12345678",
      "E12345678（护照）", "港澳通行证C12345678", "往来港澳通行证号 CA1234567", "港澳居民来往内地通行证H12345678",
      "回乡证：M1234567890", "往来台湾通行证L12345678", "台胞证12345678", "香港身份证A123456(7)", "护照号 E 1234 5678",
    ])
  func travel(text: String) {
    #expect(PrivacyScan.findings(in: text).map(\.rule) == [.travelDocument])
  }

  @Test(
    "ordinary text passes",
    arguments: [
      "学号202411010123", "学号：20210203200001", "手机13812345678", "联系电话：138 1234 5678、0411-86712345", "+86 13812345678",
      "13812345678 13912345678", "邮编116023", "2024年9月1日—2024年9月30日", "20240901-20240930", "2026-09-26..2026-09-30",
      "连职院党发〔2024〕12号", "教党〔2020〕51号", "统一社会信用代码12210000422450612K", "91210200MA0XYZ1234",
      "信用代码 91210231604800123X", "图书馆B座1203室", "房间号：3-1-1203", "3.14159265358979323846", "82.33333333333333",
      "0.6222021234567890128", "1.110105491231002", "订单号110105194912310021", "订单2102032000022912310",
      "单号123456789012345678",
      "ISBN 978-7-01-020614-2", "1.5分、2分、2分、1分，共6.5分", "2021 2022 2023 2024 2025", "4500 4600 4700 4800 4900 5000",
      "护照管理办法（教外〔2024〕12号）", "因公护照由外事处统一保管，电话041186712345", "护照于20240901到期", "校园通行证C12345678", "编号E12345678",
      "台胞证20240901办理", "经费128000元、64000元", "QQ群123456789", "参加人数：应到45，实到43，缺席2", "5.1 5.2 5.3 五.1 （3）",
      "会议时间14:30-16:00", "第1234567890123次", "1790000000000", "192.168.100.200", "2024-2025-1学期", "身份证", "银行卡", "",
    ])
  func ordinary(text: String) {
    #expect(PrivacyScan.findings(in: text) == [])
  }

  @Test("a finding says where, and shows no more than four digits")
  func place() throws {
    let text = "名单：李四（👩‍👩‍👧），210203 20000229 1231，党员"
    let finding = try #require(PrivacyScan.findings(in: text).first)
    #expect(String(Array(text)[finding.characters]) == "210203 20000229 1231")
    let error = PrivacyError(finding, field: "备注")
    #expect(error.message.contains("“备注”第 10 字起像是公民身份号码（21**************31）"))
    #expect(!error.hint.isEmpty && !error.message.contains("20000229"))
  }

  @Test("of several things each is found, in the order of the text")
  func several() {
    let text = "机密★1年\n张三 11010519491231002X 6222021234567890128，护照E12345678"
    #expect(
      PrivacyScan.findings(in: text).map(\.rule) == [.secrecyMark, .residentID, .bankCard, .travelDocument])
  }

  @Test("every bundled template passes, and every rule says its reason, source and next step")
  func data() throws {
    for bundled in BundledTemplate.all { try OwnWriteRules.check(bundled.template) }
    #expect(Set(PrivacyRule.all.map(\.code)).count == PrivacyRule.all.count)
    #expect(PrivacyRule.all.allSatisfy { !$0.reason.isEmpty && !$0.source.isEmpty && !$0.nextStep.isEmpty })
  }
}
