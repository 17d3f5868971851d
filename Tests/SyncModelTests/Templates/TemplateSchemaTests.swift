import Foundation
import SyncModel
import Testing

@testable import templatec

@Suite("The schema of the data files and what reads them say the same")
struct TemplateSchemaTests {
  private static func definitions() throws -> [String: [String: JSONValue]] {
    let data = try Data(contentsOf: TemplateFiles.folder.appending(path: "template.schema.json"))
    let schema = try object(JSONDecoder().decode(JSONValue.self, from: data))
    #expect(schema["$ref"] == .text("#/$defs/template"))
    return try object(schema["$defs"]).mapValues { try object($0) }
  }

  private static func object(_ value: JSONValue?) throws -> [String: JSONValue] {
    guard case .object(let object) = value else { throw Missing() }
    return object
  }

  private struct Missing: Error {}

  private static func texts(_ value: JSONValue?) throws -> [String] {
    guard case .array(let values) = value else { return [] }
    return try values.map { value in
      guard case .text(let text) = value else { throw Missing() }
      return text
    }
  }

  @Test("every key in the schema is known to the reader, and the other way round")
  func keys() throws {
    let definitions = try Self.definitions()
    #expect(Set(definitions.keys) == Set(Shape.all.map(\.name)))
    for shape in Shape.all {
      let definition = try #require(definitions[shape.name])
      #expect(definition["additionalProperties"] == .bool(false), "\(shape.name)")
      #expect(
        Set(try Self.object(definition["properties"]).keys) == Set(shape.required + shape.optional), "\(shape.name)")
      #expect(Set(try Self.texts(definition["required"])) == Set(shape.required), "\(shape.name)")
    }
  }

  @Test("the words to choose from are the same")
  func words() throws {
    let definitions = try Self.definitions()
    func words(_ shape: Shape, _ key: String) throws -> Set<String> {
      let properties = try Self.object(definitions[shape.name]?["properties"])
      return Set(try Self.texts(Self.object(properties[key])["enum"]))
    }
    #expect(try words(.template, "kind") == Set(Template.Kind.allCases.map(\.name)))
    #expect(try words(.column, "content") == Set(Template.Column.Content.allCases.map(\.name)))
    #expect(try words(.requirement, "kind") == Set(Requirement.Kind.allCases.map(\.name)))
    #expect(try words(.requirement, "per") == Set(Requirement.Period.allCases.map(\.name)))
  }

  @Test("the limits are the same")
  func limits() throws {
    let definitions = try Self.definitions()
    func limit(_ shape: Shape, _ key: String, _ word: String, inItems: Bool = false) throws -> Int {
      var property = try Self.object(Self.object(definitions[shape.name]?["properties"])[key])
      if inItems { property = try Self.object(property["items"]) }
      guard case .number(let number) = property[word] else { throw Missing() }
      return Int(number)
    }
    #expect(try limit(.template, "slug", "maxLength") == TextLimit.slug)
    #expect(try limit(.template, "title", "maxLength") == TextLimit.title)
    #expect(try limit(.template, "audience", "maxLength") == TextLimit.word)
    #expect(try limit(.template, "note", "maxLength") == TextLimit.item)
    #expect(try limit(.template, "preface", "maxLength", inItems: true) == TextLimit.item)
    #expect(try limit(.template, "columns", "maxItems") == Template.columnLimit)
    #expect(try limit(.template, "sections", "maxItems") == TemplateFile.childLimit)
    #expect(try limit(.column, "title", "maxLength") == TextLimit.word)
    #expect(try limit(.column, "span", "maximum") == Template.columnLimit)
    #expect(try limit(.column, "width", "maximum") == Template.widthLimit)
    #expect(try limit(.column, "choices", "maxItems") == Template.choiceLimit)
    #expect(try limit(.node, "number", "maxLength") == TextLimit.number)
    #expect(try limit(.node, "text", "maxLength") == TextLimit.item)
    #expect(try limit(.node, "points", "maximum") == Int(Score.limit.hundredths / 100))
    #expect(try limit(.node, "children", "maxItems") == TemplateFile.childLimit)
    #expect(try limit(.requirement, "what", "maxLength") == TextLimit.word)
    #expect(try limit(.requirement, "measure", "maxLength") == TextLimit.measure)
    #expect(try limit(.deliverable, "title", "maxLength") == TextLimit.title)
    #expect(try limit(.count, "key", "maximum") == 9999)
    #expect(try limit(.condition, "in", "maxItems") == Template.choiceLimit)
  }
}
