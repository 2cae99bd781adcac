// Command send-mail is the entry point of its container: it serves the function of that name, and nothing else is in it.
package main

import (
	sendmail "github.com/paraphe/paraphe/functions/send-mail"
	"github.com/paraphe/paraphe/shared/function"
)

func main() { function.Main(sendmail.Manifest, sendmail.New) }
