// What needs attention, in words: the API names causes and subjects by codes.
import { has, t } from "./language.js";
import { fullName } from "./status.js";

// causeWords says what is wrong. A cause that these pages do not know is told in the API's own words.
export function causeWords({ cause, sentence }) {
  return has(`cause.${cause}`) ? t(`cause.${cause}`) : sentence ?? cause;
}

// meansWords says what that means for a contract. Faults of one service all mean the same.
export function meansWords({ cause, consequence }) {
  const known = [`cause.${cause}.then`, `cause.${cause.split(".")[0]}.then`].find(has);
  return known && has(`cause.${cause}`) ? t(known) : consequence ?? "";
}

// notificationOf is the notification of a contract that a trouble is about, if it is about one.
export function notificationOf({ about }, contract) {
  return (contract.notifications ?? []).find((notification) => about === `mail/${notification.kind}/${notification.sequence}/${notification.recipient}`);
}

// aboutWords says what a trouble is about.
export function aboutWords(trouble, contract) {
  const notification = notificationOf(trouble, contract);
  if (notification) return t("about.notification", { notification: t(`notification.${notification.kind}`), name: recipient(notification, contract) });
  const [kind] = trouble.about.split("/");
  return has(`about.${kind}`) ? t(`about.${kind}`) : "";
}

// recipient is whom a notification goes to.
export function recipient(notification, contract) {
  if (notification.recipient === "owner") return contract.owner?.name || t("person.owner");
  const signer = contract.signers.find(({ id }) => id === notification.recipient);
  return signer ? fullName(signer) : t("person.unknown");
}

// firstTrouble is the first that nobody has set aside.
export function firstTrouble(contract) {
  return (contract.troubles ?? []).find((trouble) => !trouble.set_aside_at);
}
