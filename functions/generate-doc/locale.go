package generatedoc

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/paraphe/paraphe/functions/generate-doc/price"
)

// locale is how a language writes what the program writes itself.
type locale struct {
	article   string // heading of an article: number, text
	dash      string // before an item of a list
	page      string // page, of how many
	contract  string
	signer    string // whoever signs on nobody's behalf in particular
	columns   [6]string
	net, tax  string // totals; the tax takes its rate and its base
	gross     string
	contains  string // the tax that a gross total contains
	unitGross string // the price column's head where prices contain the tax
	amtGross  string
	setting   *strings.Replacer // no-break spaces and true apostrophes for what the template says
	date      func(time.Time) string
	money     func(price.Cents) string
	group     string // what stands between a number's thousands
	decimal   string // what stands before a number's decimals
	percent   string // what stands after a rate
}

// No-break spaces: a narrow one groups digits and stands before the higher French punctuation marks, a full one
// before the others (Imprimerie nationale, Lexique des règles typographiques).
const (
	nbsp   = "\u00a0"
	narrow = "\u202f"
)

var locales = map[string]locale{
	"fr": {
		article: "Article %d — %s", dash: "–", page: "page %d sur %d", contract: "Contrat", signer: "Signataire",
		columns: [6]string{"Désignation", "Quantité", "Unité", "Prix unitaire HT", "TVA", "Montant HT"},
		net:     "Total HT", tax: "TVA %s sur %s", gross: "Total TTC", contains: "dont TVA %s",
		unitGross: "Prix unitaire TTC", amtGross: "Montant TTC",
		setting: strings.NewReplacer(" ;", narrow+";", " !", narrow+"!", " ?", narrow+"?", " :", nbsp+":", " »", nbsp+"»",
			"« ", "«"+nbsp, "n° ", "n°"+nbsp, "art. ", "art."+nbsp, "L. ", "L."+nbsp, "D. ", "D."+nbsp, "R. ", "R."+nbsp, " €", nbsp+"€", "'", "’"),
		date: frenchDate, money: frenchMoney, group: narrow, decimal: ",", percent: nbsp + "%",
	},
	"en": {
		article: "%d. %s", dash: "•", page: "page %d of %d", contract: "Contract", signer: "Signatory",
		columns: [6]string{"Description", "Quantity", "Unit", "Unit price", "VAT", "Amount"},
		net:     "Total before VAT", tax: "VAT %s on %s", gross: "Total including VAT", contains: "of which VAT %s",
		unitGross: "Unit price incl. VAT", amtGross: "Amount incl. VAT",
		setting: strings.NewReplacer("art. ", "art."+nbsp, "no. ", "no."+nbsp, "No ", "No"+nbsp, "L. ", "L."+nbsp, "D. ", "D."+nbsp, "'", "’"),
		date:    englishDate, money: englishMoney, group: ",", decimal: ".", percent: "%",
	},
}

var frenchMonths = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}

func frenchDate(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return day + nbsp + frenchMonths[t.Month()-1] + nbsp + strconv.Itoa(t.Year())
}

func englishDate(t time.Time) string {
	return strings.ReplaceAll(t.Format("2 January 2006"), " ", nbsp)
}

func frenchMoney(c price.Cents) string {
	return fmt.Sprintf("%s,%02d%s€", grouped(int64(c/100), narrow), c%100, nbsp)
}

func englishMoney(c price.Cents) string {
	return fmt.Sprintf("€%s.%02d", grouped(int64(c/100), ","), c%100)
}

// grouped writes a whole number with its digits in threes.
func grouped(n int64, separator string) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + separator + digits[at:]
	}
	return digits
}

// quantity writes hundredths without decimals that say nothing: 6 or 18,5.
func (t locale) quantity(hundredths int64) string {
	fraction := strings.TrimRight(fmt.Sprintf("%02d", hundredths%100), "0")
	if fraction != "" {
		fraction = t.decimal + fraction
	}
	return grouped(hundredths/100, t.group) + fraction
}

// rate writes tenths of a percent: 20 % or 5,5 %.
func (t locale) rate(tenths int64) string {
	whole := strconv.FormatInt(tenths/10, 10)
	if tenths%10 != 0 {
		whole += t.decimal + strconv.FormatInt(tenths%10, 10)
	}
	return whole + t.percent
}
