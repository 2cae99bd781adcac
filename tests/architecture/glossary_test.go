package architecture_test

import (
	"go/ast"
	"go/parser"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// formerWords are names that a reader would have to be told the meaning of, and the field's own in their place. None of them
// is part of an identifier, a file's name or the schema.
var formerWords = map[string]string{
	"room": "package", "rooms": "packages", "house": "repository", "visitor": "caller", "visitors": "callers",
	"ears": "eventHandler", "hears": "Consumes", "hear": "consume", "heard": "inbox, in", "voice": "Publisher",
	"chronicle": "history", "ledger": "Store", "announce": "setRLSContext", "passenger": "request", "passengers": "requests",
	"aboard": "batch", "twin": "idempotentReplay", "twins": "idempotentReplay", "perusal": "auditedRead", "nudge": "backoff", "nudges": "backoff",
	"wish": "action", "wishes": "actions", "wished": "asked", "bury": "storeDeadLetter", "shelf": "catalog", "tongue": "locale",
	"town": "stack", "towns": "stacks", "voyage": "run", "teller": "reporter", "mischief": "faults", "forger": "jwttest", "notary": "fakeSigning",
	"crooked": "invalidInput", "letter": "notification", "letters": "notifications", "occasion": "sequence", "standin": "fake",
}

// fieldsOwn are terms of the field in which such a word stands: a dead letter queue, and the letters that texts are made of.
var fieldsOwn = regexp.MustCompile(`(?i)dead_?letters?|isletter`)

// wordsOf splits a name: "newFakeStore" is new, fake and store.
func wordsOf(name string) []string {
	name = fieldsOwn.ReplaceAllString(name, "")
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, strings.ToLower(word.String()))
		}
		word.Reset()
	}
	for _, r := range name {
		if !unicode.IsLetter(r) || unicode.IsUpper(r) {
			end()
		}
		if unicode.IsLetter(r) {
			word.WriteRune(r)
		}
	}
	end()
	return words
}

func former(name string) (word, instead string) {
	for _, w := range wordsOf(name) {
		if instead := formerWords[w]; instead != "" {
			return w, instead
		}
	}
	return "", ""
}

// spelled are packages in which letters are letters of an alphabet.
var spelled = []string{"shared/fields", "shared/auth", "shared/ids", "functions/generate-doc"}

func TestIdentifiersUseTheFieldsWords(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, parser.SkipObjectResolution) {
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			id, is := n.(*ast.Ident)
			if !is {
				return true
			}
			word, instead := former(id.Name)
			if alphabet := word == "letter" || word == "letters"; word != "" && !(alphabet && slices.Contains(spelled, s.pkg)) {
				t.Errorf("%s: %s has the word %q: write %s", s.positions.Position(id.Pos()), id.Name, word, instead)
			}
			return true
		})
	}
}

func TestFilesAndFoldersUseTheFieldsWords(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, ".go", ".js", ".css", ".md", ".yaml", ".sql", ".txt") {
		for part := range strings.SplitSeq(strings.TrimSuffix(file, path.Ext(file)), "/") {
			if word, instead := former(part); word != "" {
				t.Errorf("%s has the word %q: write %s", file, word, instead)
			}
		}
	}
}

func TestTheSchemaUsesTheFieldsWords(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`[a-z_]+`)
	for _, file := range files(t, ".sql") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			code, _, _ := strings.Cut(line, "--")
			for _, found := range name.FindAllString(code, -1) {
				if word, instead := former(found); word != "" {
					t.Errorf("%s: %s has the word %q: write %s", file, found, word, instead)
				}
			}
		}
	}
}
