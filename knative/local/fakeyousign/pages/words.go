package pages

// messages are the words of the signing page and its SMS in French or, for every other language, in English.
func messages(locale string) map[string]string {
	if locale == "fr" {
		return french
	}
	return english
}

var english = map[string]string{
	"service": "Signature service", "test": "For tests only",
	"hello": "Hello", "lead": "you are asked to sign:", "read": "Read the document", "pages": "pages", "page": "page",
	"first": "Read the document first. Then we send you a code by SMS to make sure that it is you.",
	"ask":   "Send me the code", "phone": "to the number that ends with",
	"sent": "We sent a code of 6 digits to the number that ends with", "valid": "It is valid for 10 minutes.",
	"code": "Code from the SMS", "again": "Send another code",
	"consent": "I have read the document and I agree to sign it electronically.", "sign": "Sign",
	"decline": "I do not want to sign", "reason": "Why? (optional)", "refuse": "Decline for good",
	"wrong code": "This code is not right. Please look at the SMS again.",
	"old code":   "This code is no longer valid. Please ask for another one.",
	"used up":    "The code was entered wrong three times, so it counts no more. Please ask for another one.",
	"locked":     "Too many codes were sent. Please try again tomorrow.",
	"no consent": "Please confirm that you have read the document and agree to sign it.",
	"trouble":    "Something went wrong on our side. Please try again.",
	"signed":     "You have signed.", "signed more": "You will get the signed copy as soon as everyone has signed.",
	"declined": "You have declined.", "declined more": "The sender has been told. Nothing was signed.",
	"closed": "There is nothing to sign any more.", "closed more": "The request was completed, withdrawn or declined, or its time has passed.",
	"dead": "This link is no longer valid.", "dead more": "Links open for 48 hours only. Please go back to where you came from to get a fresh one.",
	"none": "There is nothing here.", "none more": "Please check that the address is complete.",
	"sms":       "{code} is your code to sign the document. It is valid for 10 minutes. Do not share it with anyone.",
	"signed on": "Signed electronically on", "date": "2 Jan 2006 at 15:04 MST", "why": "I agree to sign",
}

var french = map[string]string{
	"service": "Service de signature", "test": "Réservé aux tests",
	"hello": "Bonjour", "lead": "vous êtes invité(e) à signer :", "read": "Lire le document", "pages": "pages", "page": "page",
	"first": "Lisez d’abord le document. Nous vous enverrons ensuite un code par SMS pour nous assurer qu’il s’agit bien de vous.",
	"ask":   "Recevoir le code", "phone": "au numéro qui se termine par",
	"sent": "Nous avons envoyé un code à 6 chiffres au numéro qui se termine par", "valid": "Il est valable 10 minutes.",
	"code": "Code reçu par SMS", "again": "Recevoir un autre code",
	"consent": "J’ai lu le document et j’accepte de le signer électroniquement.", "sign": "Signer",
	"decline": "Je ne souhaite pas signer", "reason": "Pourquoi ? (facultatif)", "refuse": "Refuser définitivement",
	"wrong code": "Ce code n’est pas le bon. Veuillez vérifier le SMS.",
	"old code":   "Ce code n’est plus valable. Veuillez en demander un autre.",
	"used up":    "Trois codes erronés ont été saisis : ce code n’est plus valable. Veuillez en demander un autre.",
	"locked":     "Trop de codes ont été envoyés. Veuillez réessayer demain.",
	"no consent": "Veuillez confirmer que vous avez lu le document et que vous acceptez de le signer.",
	"trouble":    "Une erreur s’est produite de notre côté. Veuillez réessayer.",
	"signed":     "Vous avez signé.", "signed more": "Vous recevrez la copie signée dès que tout le monde aura signé.",
	"declined": "Vous avez refusé.", "declined more": "L’expéditeur en a été informé. Rien n’a été signé.",
	"closed": "Il n’y a plus rien à signer.", "closed more": "La demande est terminée, annulée, refusée ou expirée.",
	"dead": "Ce lien n’est plus valable.", "dead more": "Un lien ne reste ouvert que 48 heures. Revenez à la page d’où vous venez pour en obtenir un autre.",
	"none": "Il n’y a rien ici.", "none more": "Veuillez vérifier que l’adresse est complète.",
	"sms":       "{code} est votre code pour signer le document. Il est valable 10 minutes. Ne le communiquez à personne.",
	"signed on": "Signé électroniquement le", "date": "02/01/2006 à 15:04 MST", "why": "J’accepte de signer",
}
